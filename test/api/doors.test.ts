import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { alertLimitsOf, authOf } from '../../src/app/doors.ts';
import { type Config, parseConfig } from '../../src/config/load.ts';
import { DEFAULT_ALERT_LIMITS } from '../../src/routing/limits.ts';
import { TOKEN } from './house.ts';

const folder = mkdtempSync(join(tmpdir(), 'watchroom-doors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function configure(document: object): Config {
  const source = { path: 'watchroom.yml', text: JSON.stringify(document) };
  return parseConfig(source, folder, { cwd: folder, environment: { CI_TOKEN: TOKEN }, missingEnvironment: 'error' });
}
const bearer = `Bearer ${TOKEN}`;

describe('the doors as watchroom.yml configures them', () => {
  it('stay shut on an address that others reach, until there is a token or a word for it', () => {
    const open = (document: object) => () => authOf(configure(document), '0.0.0.0');
    expect(open({})).toThrow(/auth\.tokens/);
    expect(open({ auth: { anonymous: true } })).not.toThrow();
    expect(open({ auth: { tokens: [{ name: 'ci', token: '${CI_TOKEN}' }] } })).not.toThrow();
  });

  it('know tokens from the environment and from files, and give them to read and no more unless told otherwise', () => {
    writeFileSync(join(folder, 'token'), `${TOKEN}\n`);
    for (const source of [{ token: '${CI_TOKEN}' }, { token_file: 'token' }]) {
      const auth = authOf(configure({ auth: { tokens: [{ name: 'ci', ...source }] } }), '0.0.0.0');
      expect(auth.admit(bearer, 'read')).toMatchObject({ kind: 'admitted', caller: { name: 'ci' } });
      expect(auth.admit(bearer, 'alerts:write')).toMatchObject({ kind: 'refused', code: 'forbidden' });
      expect(auth.admit(undefined, 'read')).toMatchObject({ kind: 'refused', code: 'unauthorized' });
    }
  });

  it('say which token cannot be read', () => {
    const auth = (token: object) => () =>
      authOf(configure({ auth: { tokens: [{ name: 'ci', ...token }] } }), '127.0.0.1');
    expect(auth({ token_file: 'nowhere' })).toThrow(/ci: .*nowhere cannot be read: ENOENT/);
    expect(auth({})).toThrow(/ci: a token has at least/);
  });

  it('have limits by default, each of which can be changed; a limit that is none is refused', () => {
    expect(alertLimitsOf(configure({}))).toEqual(DEFAULT_ALERT_LIMITS);
    expect(DEFAULT_ALERT_LIMITS.alertsPerName).toBe(20_000);
    expect(alertLimitsOf(configure({ limits: { alerts_per_name: 5, label_value_length: 9 } }))).toEqual({
      ...DEFAULT_ALERT_LIMITS,
      alertsPerName: 5,
      labelValueLength: 9,
    });
    expect(() => configure({ limits: { alerts_per_nam: 5 } })).toThrow(/did you mean alerts_per_name/);
    expect(() => configure({ limits: { alerts: 0 } })).toThrow(/limits\.alerts/);
  });
});

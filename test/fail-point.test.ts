import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const MODULE = pathToFileURL(resolve(import.meta.dirname, '../src/fail-point.ts')).href;
const WALK = `
const { failPoint } = await import('${MODULE}');
for (const [point, kind] of [['before.send', 'email'], ['after.send', 'slack.card'], ['after.send', 'email'], ['after.send', 'email']]) {
  failPoint(point, kind);
  process.stdout.write(point + '/' + kind + '\\n');
}`;

/** A process that passes four fail points and says after each that it lives. */
function walk(armed: string | undefined) {
  const { WATCHROOM_FAILPOINT: _, ...environment } = process.env;
  const env = armed === undefined ? environment : { ...environment, WATCHROOM_FAILPOINT: armed };
  const args = ['--import', TSX, '--input-type=module', '--eval', WALK];
  const { signal, status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  return { signal, status, stderr, passed: stdout.split('\n').filter((line) => line !== '').length };
}

describe('a fail point', () => {
  it('does nothing where none is armed', () => {
    expect(walk(undefined)).toEqual({ signal: null, status: 0, passed: 4, stderr: '' });
  });

  it.each([
    ['before.send', 0],
    ['after.send', 1],
    ['after.send:2', 2],
    ['after.send/email', 2],
    ['after.send/email:2', 3],
  ])('%s ends the process by SIGKILL after %i others have passed', (armed, passed) => {
    expect(walk(armed)).toMatchObject({ signal: 'SIGKILL', passed });
  });

  it('says at the start that it is armed', () => {
    expect(walk('after.mark').stderr).toContain('WATCHROOM_FAILPOINT=after.mark: this process is going to kill itself');
  });

  it.each(['after.lunch', 'after.send:0', 'after.send:x'])('refuses to start with %s, which is none', (armed) => {
    const { status, stderr, passed } = walk(armed);
    expect({ status, passed }).toEqual({ status: 1, passed: 0 });
    expect(stderr).toContain('expected one of');
  });
});

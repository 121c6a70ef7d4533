import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Printed, runLine } from '../support/terminal.ts';
import { REPOSITORY } from '../support/world.ts';

const watchroom = (args: readonly string[], cwd = REPOSITORY): Promise<Printed> => runLine(args, { cwd });

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-cli-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe('the command line', () => {
  it('explains itself and names its commands', async () => {
    const { code, out } = await watchroom(['--help']);
    expect(code).toBe(0);
    for (const command of ['serve', 'demo', 'check', 'rules', 'query', 'promql-test']) expect(out).toContain(command);
  });

  it.each([
    [['backup', 'nowhere/copy.db'], 'there is no folder nowhere'],
    [['manifest', '--write', 'nowhere/manifest.json'], 'there is no folder nowhere'],
    [['manifest', '--http', 'notaurl'], 'https://HOST/slack/events'],
    [['manifest', '--alert', 'alert'], 'no slash command'],
    [['serve', '--log-level', 'loud'], 'Allowed choices are debug, info, warn, error'],
  ])('answers %j with what is wrong, and no stack trace', async (args, message) => {
    const folder = folderWith({ 'watchroom.yml': 'storage: { path: . }\n', 'state.db': '' });
    const { code, err } = await watchroom(args, folder);
    expect(code).not.toBe(0);
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
  });

  it('exits with 2 and a suggestion for a command it does not know', async () => {
    const { code, err } = await watchroom(['serv']);
    expect(code).toBe(2);
    expect(err).toContain('Did you mean serve?');
  });

  it('accepts the shipped configuration without any token', async () => {
    const { code, out } = await watchroom(['check']);
    expect(out).toMatch(/0 errors/);
    expect(code).toBe(0);
  });

  it('says in check already that serve would let nobody in, or everybody', async () => {
    const folder = folderWith({
      'open.yml': 'http:\n  listen: 0.0.0.0:9095\n',
      'short.yml': 'auth:\n  tokens:\n    - { name: ci, token: short }\n',
      'unset.yml': 'auth:\n  tokens:\n    - { name: ci, token: "${CI_TOKEN}" }\n',
    });
    const open = await watchroom(['check', 'open.yml'], folder);
    expect(open.out).toMatch(/^open\.yml:2:11: http\.listen: 0\.0\.0\.0 can be reached from other machines/);
    expect(open.code).toBe(1);
    const short = await watchroom(['check', 'short.yml'], folder);
    expect(short.out).toMatch(/^short\.yml:3:5: auth\.tokens: ci: a token has at least/);
    expect((await watchroom(['check', 'unset.yml'], folder)).code).toBe(0);
  });

  it('names file, line, column and the nearest key of a mistake, in the configuration and in the files it names', async () => {
    const folder = folderWith({
      'watchroom.yml': 'rule_files: [r.yml]\n',
      'typo.yml': 'slak: {}\n',
      'r.yml': 'groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: rate(foo[5m]\n',
    });
    const rule = await watchroom(['check'], folder);
    expect(rule.code).toBe(1);
    expect(rule.out).toMatch(/^r\.yml:5:\d+: .*(?:unexpected|expected|unclosed)/m);
    const typo = await watchroom(['check', 'typo.yml'], folder);
    expect(typo.out).toContain('typo.yml:1:1: unknown key slak; did you mean slack?');
  });

  it('refuses to serve with a bad configuration, a broken template or an unset variable, and says where', async () => {
    const folder = folderWith({
      'env.yml': 'slack:\n  bot_token: ${WATCHROOM_NO_SUCH_VARIABLE}\n',
      'template.yml': 'rule_files: [t.yml]\n',
      't.yml':
        'groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up == 0\n        annotations:\n          summary: "{{ $labels.x | nosuch }}"\n',
    });
    const unset = await watchroom(['serve', '--config', 'env.yml'], folder);
    expect(unset.code).toBe(1);
    expect(unset.err).toMatch(/env\.yml:2:14: the environment variable WATCHROOM_NO_SUCH_VARIABLE is not set/);
    const template = await watchroom(['serve', '--config', 'template.yml'], folder);
    expect(template.code).toBe(1);
    expect(template.err).toMatch(/t\.yml:7:\d+: .*nosuch/);
    expect((await watchroom(['serve', '--config', 'missing.yml'], folder)).err).toMatch(
      /missing\.yml:1:1: cannot be read: ENOENT/,
    );
  });

  it('says which port is taken, instead of a stack', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, err } = await watchroom(['demo', '--port', String(port)]);
    expect(code).toBe(1);
    expect(err).toBe(
      `127.0.0.1:${port} is in use, perhaps by another watchroom. Choose another port (0 takes a free one).\n`,
    );
    taken.close();
  });

  it('evaluates PromQL over a file of samples', async () => {
    const folder = folderWith({
      'data.om': '# TYPE x gauge\nx{model="a"} 1 100\nx{model="a"} 3 160\nx{model="b"} 5 160\n# EOF\n',
    });
    const sum = await watchroom(['query', 'sum(x)', '--data', 'data.om'], folder);
    expect(sum.out.trim()).toMatch(/\{\}\s+8/);
    const bad = await watchroom(['query', 'sum(x', '--data', 'data.om'], folder);
    expect(bad.code).toBe(1);
    expect(bad.err).toMatch(/1:\d+: parse error/);
  });

  it('explains an alert by its PromQL', async () => {
    const { out } = await watchroom(['rules', 'explain', 'ModelLatencyP99High']);
    expect(out).toContain('histogram_quantile(0.99');
  });

  it('runs the unit tests of the shipped rules', async () => {
    const { code, out } = await watchroom(['rules', 'test', 'rules/latency.test.yml']);
    expect(out).toMatch(/\n[1-9]\d* passed, 0 failed\n$/);
    expect(code).toBe(0);
  });
});

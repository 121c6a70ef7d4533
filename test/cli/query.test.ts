import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Printed, runLine } from '../support/terminal.ts';

const query = (cwd: string, ...args: readonly string[]): Promise<Printed> =>
  runLine(['query', ...args], { cwd, columns: 70 });

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-query-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

describe('watchroom query', () => {
  it('reads a CSV file, by default at its newest sample', async () => {
    const folder = folderWith({ 'm.csv': 't,errors,total\n100,1,10\n160,3,20\n' });
    expect((await query(folder, 'errors / total', '--data', 'm.csv')).out).toBe('{series="m.csv"}  0.15\n');
    const earlier = await query(folder, 'errors', '--data', 'm.csv', '--at', '1970-01-01T00:01:40Z');
    expect(earlier.out).toContain('  1\n');
  });

  it('reads a folder of CSV files and those below it, each named by its path', async () => {
    const folder = folderWith({ 'd/a.csv': 't,v\n1,1\n', 'd/deep/b.csv': 't,v\n1,2\n', 'd/notes.txt': 'no' });
    const { out } = await query(folder, 'v', '--data', 'd');
    expect(out).toBe('{__name__="v", series="a.csv"}  1\n{__name__="v", series="deep/b.csv"}  2\n');
  });

  it('takes the samples of a text file in any order, and says which it left out', async () => {
    const folder = folderWith({ 'x.prom': 'x 3 2000\nx 1 1000\nx 9 2000\n' });
    const { out, err } = await query(folder, 'x[1m]', '--data', 'x.prom');
    expect(out).toContain('1970-01-01T00:00:01.000Z  1\n  1970-01-01T00:00:02.000Z  3\n');
    expect(err).toContain('1 samples left out');
  });

  it('prints notes about the answer apart from it', async () => {
    const folder = folderWith({ 'm.csv': 't,v\n0,1\n30,2\n60,3\n' });
    const { out, err } = await query(folder, 'rate(v[1m])', '--data', 'm.csv');
    expect(out).toMatch(/^\{series="m.csv"\} {2}0\.0/);
    expect(err).toContain('PromQL info: metric might not be a counter');
  });

  it('draws a range within the width of the terminal', async () => {
    const rows = Array.from({ length: 120 }, (_, i) => `${i * 60},${Math.sin(i / 9)},${i}`);
    const folder = folderWith({ 'm.csv': `t,wave,line\n${rows.join('\n')}\n` });
    const { code, out } = await query(folder, '{series!=""}', '--data', 'm.csv', '--range', '2h');
    expect(code).toBe(0);
    expect(out).toContain('● {__name__="line", series="m.csv"}');
    expect(out).toContain('▲ {__name__="wave", series="m.csv"}');
    expect(out).toMatch(/└─+┬.*\n.*UTC/);
    for (const row of out.split('\n').filter((text) => /[│┤└]/.test(text))) expect(row.length).toBeLessThanOrEqual(70);
  });

  it('asks another Prometheus', async () => {
    const server = createServer((_, response) => {
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'scalar', result: [5, '42'] } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, out } = await query('/', 'scalar(x)', '--url', `http://127.0.0.1:${port}`);
    server.close();
    expect([code, out]).toEqual([0, '42\n']);
  });

  it('prints JSON with values as the API writes them', async () => {
    const folder = folderWith({ 'm.csv': 't,v\n1,Inf\n' });
    const { out } = await query(folder, 'v', '--data', 'm.csv', '--json');
    expect(JSON.parse(out)).toEqual([{ labels: { __name__: 'v', series: 'm.csv' }, t: 1000, v: '+Inf' }]);
  });

  it.each([
    ['no source', [], 2, 'name one source'],
    ['two sources', ['--data', 'm.csv', '--url', 'http://x'], 2, 'name one source'],
    ['a file that is not there', ['--data', 'none.csv'], 1, 'none.csv:1:1: cannot be read: ENOENT'],
    ['a folder without CSV', ['--data', 'empty'], 1, 'holds no CSV file'],
    ['a bad number', ['--data', 'bad.csv'], 1, 'bad.csv:2:3: "x" is not a number'],
    ['a bad time', ['--data', 'm.csv', '--at', 'noon'], 1, '"noon" is neither'],
    ['a bad duration', ['--data', 'm.csv', '--range', '1.5h'], 1, 'expected a duration'],
    ['a step without a range', ['--data', 'm.csv', '--step', '1m'], 1, '--range, which is missing'],
    ['a bad width', ['--data', 'm.csv', '--range', '1h', '--width', 'wide'], 1, '--width is a number'],
  ])('refuses %s', async (_, args, code, message) => {
    const folder = folderWith({ 'm.csv': 't,v\n1,1\n', 'bad.csv': 't,v\n1,x\n', 'empty/x.txt': '' });
    const answer = await query(folder, 'v', ...args);
    expect(answer.err).toContain(message);
    expect(answer.code).toBe(code);
  });
});

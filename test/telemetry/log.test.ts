import { describe, expect, it } from 'vitest';
import { createLog, type LogLevel } from '../../src/telemetry/log.ts';

function desk(secrets: string[] = [], level: LogLevel = 'info') {
  const lines: string[] = [];
  const log = createLog({
    level,
    secrets: () => secrets,
    write: (line) => lines.push(line),
    now: () => 1_790_000_000_000,
  });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> };
}

describe('the log', () => {
  it('is one JSON object per line: level, time, message, fields', () => {
    const { log, lines, last } = desk();
    log.warn('a send will be retried', { kind: 'slack', attempts: 2 });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('\n')).toBe(true);
    expect(last()).toEqual({
      level: 'warn',
      time: 1_790_000_000_000,
      msg: 'a send will be retried',
      kind: 'slack',
      attempts: 2,
    });
  });

  it('cannot be made to forge a line', () => {
    const { log, lines } = desk();
    log.info('x', { label: 'a\n{"level":"error","msg":"forged"}' });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toContain('\n');
  });

  it('keeps to its level', () => {
    const { log, lines } = desk([], 'warn');
    log.debug('a');
    log.info('b');
    log.error('c');
    expect(lines).toHaveLength(1);
  });

  it('never shows a secret, wherever it stands', () => {
    const secrets = ['xoxb-123-abc', 'pass"word\\1', 'https://hooks.example/T1/B2/zzz', 'xoxb-123'];
    const { log, lines } = desk(secrets);
    log.error('call failed', {
      url: 'https://hooks.example/T1/B2/zzz?x=1',
      nested: { headers: ['Bearer xoxb-123-abc'] },
      error: new Error('bad pass"word\\1', { cause: new Error('xoxb-123') }),
      encoded: encodeURIComponent('https://hooks.example/T1/B2/zzz'),
    });
    log.child({ token: 'xoxb-123-abc' }).info('xoxb-123');
    for (const secret of secrets) {
      expect(lines.join('')).not.toContain(secret);
      expect(lines.join('')).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
    expect(lines.join('')).not.toContain('-abc');
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  it('covers secrets that a reload brought', () => {
    const secrets: string[] = [];
    const { log, lines } = desk(secrets);
    secrets.push('new-secret');
    log.info('x', { value: 'new-secret' });
    expect(lines[0]).toContain('<secret>');
  });

  it('tells errors with their stack, and cuts what is too long', () => {
    const { log, last } = desk();
    log.error('x', { error: new TypeError('no such thing'), body: 'y'.repeat(100_000) });
    expect(last()['error']).toMatchObject({ type: 'TypeError', message: 'no such thing' });
    expect(String(last()['body']).length).toBeLessThan(5000);
  });

  it('gives a child’s fields to all its lines', () => {
    const { log, last } = desk();
    log.child({ job: 'courier' }).info('x', { n: 1 });
    expect(last()).toMatchObject({ job: 'courier', n: 1 });
  });
});

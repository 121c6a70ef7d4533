import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DocumentError } from '../../src/document/position.ts';
import { Duration, readDocument } from '../../src/document/schema.ts';
import { parseYaml } from '../../src/document/yaml.ts';

const Sample = z.strictObject({
  interval: Duration.optional(),
  items: z.array(z.strictObject({ channel: z.string(), kind: z.enum(['a', 'b']).optional() })).default([]),
});

function failure(text: string): string {
  try {
    readDocument(parseYaml(text, 'f.yml'), Sample);
  } catch (error) {
    if (error instanceof DocumentError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('reading YAML that people wrote', () => {
  it('names the place and the nearest known key of a misspelt one', () => {
    expect(failure('items:\n  - channel: x\n    knid: a\n')).toBe(
      'f.yml:3:5: unknown key knid in items[0]; did you mean kind?',
    );
  });

  it('names the place and what was expected of an ill-typed value', () => {
    expect(failure('interval: 5mm\n')).toContain('f.yml:1:11: interval: expected a duration');
    expect(failure('items:\n  - channel: 7\n')).toBe('f.yml:2:14: items[0].channel: expected text, got a number');
    expect(failure('items: 7\n')).toBe('f.yml:1:8: items: expected a list, got a number');
    expect(failure('items:\n  - kind: a\n')).toBe('f.yml:2:5: items[0].channel: is missing; expected text');
    expect(failure('items:\n  - {channel: x, kind: c}\n')).toBe('f.yml:2:24: items[0].kind: expected a or b');
    expect(failure('hello\n')).toBe('f.yml:1:1: expected a mapping, got text');
  });

  it('reports every problem, not only the first', () => {
    expect(failure('intervall: 5m\nitems: [{channel: 1}]\n').split('\n')).toHaveLength(2);
  });

  it.each([
    ['duplicate keys', 'interval: 5m\ninterval: 6m\n', /unique/],
    ['tabs', 'items:\n\t- channel: x\n', /f\.yml:2:/],
    ['two documents', 'interval: 5m\n---\ninterval: 6m\n', /second YAML document/],
    ['directives', '%YAML 1.1\n---\ninterval: 5m\n', /directive/],
    ['unknown tags', 'interval: !!js/function "x"\n', /f\.yml:1:/],
    ['merging what is no map', 'items: [{<<: 5}]\n', /[Mm]erge/],
    ['merging oneself', 'items:\n  - &a {channel: x, <<: *a}\n', /f\.yml:2:\d+: \*a stands within &a/],
    ['prototype keys', '__proto__: {a: 1}\n', /not allowed/],
    ['a NUL byte', 'interval: "5m\u{0}"\n', /NUL/],
  ])('refuses %s', (_, text, message) => {
    expect(failure(text)).toMatch(message);
  });

  it('survives nesting that would abort the process, more than once', () => {
    for (let round = 0; round < 3; round += 1) expect(failure('['.repeat(2000))).toMatch(/nested deeper/);
    expect(failure(`${'- '.repeat(200)}x\n`)).toMatch(/nested deeper/);
  });

  it('refuses aliases that multiply', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 9 }, () => `*a${i}`).join(', ')}]`,
    );
    expect(failure(['a0: &a0 [x]', ...levels, ''].join('\n'))).toMatch(/alias/i);
  });

  it('takes an empty file as an empty mapping', () => {
    expect(failure('')).toBe('accepted');
    expect(failure('# nothing\n')).toBe('accepted');
  });

  it('ignores a byte order mark', () => {
    expect(failure('\u{feff}interval: 5m\n')).toBe('accepted');
  });
});

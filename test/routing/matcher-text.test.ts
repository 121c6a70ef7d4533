import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { Labels } from '../../src/labels/labels.ts';
import { printLabels, printMatchers, sortMatchers } from '../../src/routing/group-key.ts';
import { parseMatchers } from '../../src/routing/matcher-text.ts';

const read = (text: string): string =>
  parseMatchers(text)
    .map((m) => `${m.name}${m.operator}${m.value}`)
    .join(' ');

describe('matcher text', () => {
  it.each([
    ['foo="bar"', 'foo=bar'],
    ['foo=bar', 'foo=bar'],
    [' foo  =~ "b.*" ', 'foo=~b.*'],
    ['{a="1", b!="2",}', 'a=1 b!=2'],
    ['a!~"x|y",b=~z', 'a!~x|y b=~z'],
    ['{}', ''],
    ['', ''],
    ['foo=', 'foo='],
    ['foo=""', 'foo='],
    [String.raw`quote="She said: \"Hi, ladies!\""`, 'quote=She said: "Hi, ladies!"'],
    [String.raw`a="\n\\x\d"`, 'a=\n\\x\\d'],
    ["single='quoted'", "single='quoted'"],
    ['foo==bar', 'foo==bar'],
    // UTF-8 grammar
    ['"model name"="x y"', 'model name=x y'],
    ['{"größe"=~"1|2", foo="bar"}', 'größe=~1|2 foo=bar'],
    [String.raw`"a.b"="\u00e9\t"`, 'a.b=é\t'],
    ['1foo=bar', '1foo=bar'],
  ])('reads %s', (text, matchers) => {
    expect(read(text)).toBe(matchers);
  });

  it.each([
    'foo',
    '=bar',
    'foo="a',
    'foo=a"b',
    ',a=b',
    'a=b,,c=d',
    '{"a b"=c',
    '"a b"',
    '"a b"=~"("',
    '"a"="\\q"',
    '""="x"',
    'a=~"(?<=x)y"',
  ])('refuses %s with an error for people', (text) => {
    expect(() => parseMatchers(text)).toThrow(UserError);
  });

  it('never throws anything but an error for people', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '=', '~', '!', '"', '\\', '{', '}', ',', ' ', '(', 'é', '\n') }),
        (text) => {
          try {
            parseMatchers(text);
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('reads back what route keys print', () => {
    const value = fc.string({ unit: 'grapheme', maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b_1', 'c'), fc.constantFrom('=', '!='), value), { minLength: 1 }),
        (list) => {
          const text = `{${list.map(([n, o, v]) => `${n}${o}"${v.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`).join(',')}}`;
          const matchers = sortMatchers(parseMatchers(text));
          expect(printMatchers(sortMatchers(parseMatchers(printMatchers(matchers))))).toBe(printMatchers(matchers));
          expect(matchers).toHaveLength(list.length);
        },
      ),
    );
  });

  it('quotes label values in group keys as Go does', () => {
    expect(printLabels(Labels.of({ b: 'tab\there', a: 'é"\u{1}\u{a0}\\' }))).toBe(
      String.raw`{a="é\"\x01\u00a0\\", b="tab\there"}`,
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spokenDuration, tidy, words } from '../../src/slack/command-text.ts';

describe('what a person typed', () => {
  it('is read whatever a phone or Slack made of it', () => {
    expect(tidy('silence “Model X” –2h')).toBe('silence "Model X" -2h');
    expect(tidy('why\u00a0 <@U01ALICE|asha>\tin <#C01|ml-alerts>\n')).toBe('why @U01ALICE in #ml-alerts');
    expect(tidy('model_name=~&quot;x&quot; a&lt;b &amp;amp;')).toBe('model_name=~&quot;x&quot; a<b &amp;');
    expect(tidy('<http://a.test/x|a.test>')).toBe('http://a.test/x');
    expect(words('silence "two words" 2h')).toEqual(['silence', 'two words', '2h']);
  });

  it('never breaks, whatever it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 5000 }), (text) => void words(tidy(text))));
  });

  it.each([
    ['2h', { ms: 7_200_000, used: 1 }],
    ['2H', { ms: 7_200_000, used: 1 }],
    ['1h30m', { ms: 5_400_000, used: 1 }],
    ['90 min', { ms: 5_400_000, used: 2 }],
    ['2 hours rolling back', { ms: 7_200_000, used: 2 }],
    ['90min', { ms: 5_400_000, used: 1 }],
    ['-2h', 'invalid'],
    ['0', 'invalid'],
    ['0h', 'invalid'],
    ['5s', 'invalid'],
    ['1000y', 'invalid'],
    ['999w', 'invalid'],
    ['2h30', 'invalid'],
    ['1.5h', 'invalid'],
    ['∞', 'invalid'],
    ['forever', 'invalid'],
    ['rolling', undefined],
    ['', undefined],
  ])('reads the length %s', (text, expected) => {
    expect(spokenDuration(words(text))).toEqual(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { tidy } from '../../src/slack/command-text.ts';
import type { SlackDeps } from '../../src/slack/ports.ts';
import { readSilence } from '../../src/slack/silence-request.ts';

/** As much of the house as reading asks. */
const deps = {
  silences: { alertNames: () => ['ModelSlow', 'Two Words'] },
  incidents: { state: (id: string) => (id === 'abcd1234' ? {} : undefined) },
} as unknown as SlackDeps;

function read(typed: string): string {
  const request = readSilence(tidy(typed), deps, 0);
  switch (request.kind) {
    case 'matchers':
    case 'incident': {
      const what =
        request.kind === 'incident'
          ? request.id
          : request.matchers.map(({ name, operator, value }) => `${name}${operator}${value}`).join(' & ');
      const { end } = request;
      return [
        what,
        end.kind === 'at' ? `${request.endsAfterMs / 60_000}m` : `${end.kind} ${end.forMs / 60_000}m`,
        request.comment,
      ]
        .filter((part) => part !== '')
        .join(' | ');
    }
    case 'endless':
      return `endless ${request.what}`;
    case 'invalid':
      return `invalid ${request.message}`;
  }
}

describe('what follows /alert silence', () => {
  it.each([
    ['modelslow 2 hours rolling back', 'alertname=ModelSlow | 120m | rolling back'],
    ['“Two Words” 1h', 'alertname=Two Words | 60m'],
    ['ModelSlow 2h "quoted comment"', 'alertname=ModelSlow | 120m | quoted comment'],
    ['abcd1234 until unmatched', 'abcd1234 | unmatched 60m'],
    // A length inside quotes is part of a value.
    ['a="x 2h y" 1h because', 'a=x 2h y | 60m | because'],
    ['a="b\\" 2h" 1h', 'a=b" 2h | 60m'],
    // Commas between matchers may be left out, but none is put into a value.
    ['model_name=~"fraud.*" severity=warning 2h', 'model_name=~fraud.* & severity=warning | 120m'],
    ['a="b c=d" e=f 1h', 'a=b c=d & e=f | 60m'],
    ['{a="b", c!~"d e"} until resolved for 30m why', 'a=b & c!~d e | resolved 30m | why'],
    // Names beyond the classic ones, quoted or not.
    ['"modèle"="x" 30m', 'modèle=x | 30m'],
    ['modèle=x "a b"!=y 30m', 'modèle=x & a b!=y | 30m'],
    ['ModelSlow', 'endless ModelSlow'],
    ['a="b 2h"', 'endless a="b 2h"'],
  ])('%s means %s', (typed, meant) => {
    expect(read(typed)).toBe(meant);
  });

  it.each([
    ['ModelSlow -2h', 'is not a duration'],
    ['ModelSlow forever', 'is not a duration'],
    ['ModelSlo 2h', 'Did you mean ModelSlow?'],
    ['ModelSlow Two 2h', 'is not one alert name'],
    ['a=~"(" 2h', 'regular expression'],
    ['a!=b c=~"" 2h', 'hide everything'],
  ])('%s is refused: %s', (typed, why) => {
    expect(read(typed)).toContain(why);
    expect(read(typed)).toMatch(/^invalid/);
  });
});

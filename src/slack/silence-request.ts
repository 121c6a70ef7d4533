import { nearest } from '../document/suggest.ts';
import { UserError } from '../errors.ts';
import { parseMatchers } from '../routing/matcher-text.ts';
import type { SilenceEnd } from '../routing/silence.ts';
import type { SilenceMatcher, SlackDeps } from './ports.ts';
import { spokenEnd } from './silence-end.ts';

/** What somebody wants to be quiet about. */
export type SilenceTarget =
  | { readonly kind: 'matchers'; readonly matchers: readonly SilenceMatcher[] }
  | { readonly kind: 'incident'; readonly id: string }
  | { readonly kind: 'invalid'; readonly message: string };

interface Asked {
  /** It ends then at the latest. */
  readonly endsAfterMs: number;
  readonly end: SilenceEnd;
  readonly comment: string;
}

/** What `/alert silence …` asks for. */
export type SilenceRequest =
  | (Extract<SilenceTarget, { kind: 'matchers' | 'incident' }> & Asked)
  /** A target without a word about how long. */
  | { readonly kind: 'endless'; readonly what: string }
  | Extract<SilenceTarget, { kind: 'invalid' }>;

const DURATION_HINT = 'a duration such as 30m, 2h, 1d12h or 1w, from a minute to a year';
export const END_HINT = `${DURATION_HINT}, or until resolved, or until unmatched 1h`;

interface Token {
  readonly text: string;
  readonly from: number;
}

/** Pieces between spaces, where spaces in quotes belong to their piece: `a="x 2h" 1h` has two. */
function tokensOf(text: string): Token[] {
  return [...text.matchAll(/(?:"(?:[^"\\]|\\.)*"|\S)+/g)].map((match) => ({ text: match[0], from: match.index }));
}

/** The same words apart, each as it was said. */
export interface SplitSilence {
  readonly what: string;
  /** Absent where nothing is said about how long. */
  readonly duration?: string;
  readonly comment: string;
}

/** Parts `NAME|ID|MATCHERS DURATION|until resolved|until unmatched 1h [comment]`; the text is tidied. */
export function splitEnd(text: string): SplitSilence {
  const tokens = tokensOf(text);
  const parts = tokens.map((token) => token.text);
  const at = parts.findIndex((_, index) => index > 0 && spokenEnd(parts.slice(index)) !== undefined);
  const start = tokens[at];
  if (at < 0 || start === undefined) return { what: text, comment: '' };
  const spoken = spokenEnd(parts.slice(at));
  const used = spoken === undefined || spoken === 'invalid' ? 1 : spoken.used;
  const rest = tokens[at + used]?.from ?? text.length;
  return {
    what: text.slice(0, start.from).trim(),
    duration: text.slice(start.from, rest).trim(),
    comment: text
      .slice(rest)
      .replace(/^"([^"]*)"$/, '$1')
      .slice(0, 500),
  };
}

/** Reads what `splitEnd` parts. */
export function readSilence(text: string, deps: SlackDeps, now: number): SilenceRequest {
  const { what, duration, comment } = splitEnd(text);
  if (duration === undefined) return { kind: 'endless', what };
  const spoken = spokenEnd(tokensOf(duration).map((token) => token.text));
  if (spoken === undefined || spoken === 'invalid') return invalid(`“${duration}” is not ${END_HINT}.`);
  const target = readTarget(what, deps, now);
  return target.kind === 'invalid' ? target : { ...target, endsAfterMs: spoken.endsAfterMs, end: spoken.end, comment };
}

/**
 * A name of a rule or of an open alert means all of it; an incident's id its group; matchers (`model_name=~"fraud.*"
 * severity=warning`, quoted names too) exactly what they match.
 */
export function readTarget(text: string, deps: SlackDeps, now: number): SilenceTarget {
  if (/^(?:\{|"(?:[^"\\]|\\.)*"\s*[=!]|[^\s"]*\s*(?:=|!=|!~))/.test(text)) return matchersIn(text);
  const [first, second] = tokensOf(text);
  if (first === undefined) return invalid('Silence what? Give an alert’s name, an incident’s id, or matchers.');
  if (second !== undefined) return invalid(`“${text}” is not one alert name, incident id or list of matchers.`);
  const target = first.text.replace(/^"(.*)"$/, '$1');
  const names = deps.silences.alertNames(now);
  const name =
    names.find((known) => known === target) ?? names.find((known) => known.toLowerCase() === target.toLowerCase());
  if (name !== undefined) return { kind: 'matchers', matchers: [{ name: 'alertname', operator: '=', value: name }] };
  if (deps.incidents.state(target, now) !== undefined) return { kind: 'incident', id: target };
  const near = nearest(target, names);
  const known = near === undefined ? `There are ${names.slice(0, 8).join(', ')}.` : `Did you mean ${near}?`;
  return invalid(`No alert or open incident is called “${target}”.${names.length === 0 ? '' : ` ${known}`}`);
}

/** Commas between matchers may be left out, outside quotes. */
const BETWEEN =
  /("(?:[^"\\]|\\.)*"|[^\s,={~!"])\s+(?=(?:[a-zA-Z_:][a-zA-Z0-9_:]*|"(?:[^"\\]|\\.)*")\s*(?:=~|!~|!=|=))|"(?:[^"\\]|\\.)*"/g;

function matchersIn(text: string): SilenceTarget {
  const listed = text.replace(BETWEEN, (all, before: string | undefined) =>
    before === undefined ? all : `${before},`,
  );
  try {
    const matchers = parseMatchers(listed);
    if (matchers.length === 0) return invalid('A silence needs at least one matcher.');
    if (matchers.every((matcher) => matcher.matches(''))) {
      return invalid('These matchers would hide everything: at least one must not match the empty value.');
    }
    return { kind: 'matchers', matchers: matchers.map(({ name, operator, value }) => ({ name, operator, value })) };
  } catch (error) {
    if (error instanceof UserError) return invalid(error.message);
    throw error;
  }
}

function invalid(message: string): Extract<SilenceTarget, { kind: 'invalid' }> {
  return { kind: 'invalid', message };
}

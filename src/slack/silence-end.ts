import { LONGEST_UNTIL_MS, USUAL_END_MS } from '../incident/silence-acts.ts';
import type { SilenceEnd } from '../routing/silence.ts';
import { LONGEST_DURATION_MS, spokenDuration } from './command-text.ts';

/** How long a silence lasts, as a person said it. */
export interface SpokenEnd {
  /** It ends then at the latest. */
  readonly endsAfterMs: number;
  readonly end: SilenceEnd;
  /** How many words it took. */
  readonly used: number;
}

/**
 * `2h`, `until resolved` (for ten minutes, or `until resolved 30m`), `until unmatched 1h` at the beginning of some words.
 * @returns undefined where there is none; `invalid` for one that cannot be meant.
 */
export function spokenEnd(parts: readonly string[]): SpokenEnd | 'invalid' | undefined {
  const [first = '', second = ''] = parts;
  if (first.toLowerCase() !== 'until') {
    const duration = spokenDuration(parts);
    if (duration === undefined || duration === 'invalid') return duration;
    return { endsAfterMs: Math.min(duration.ms, LONGEST_DURATION_MS), end: { kind: 'at' }, used: duration.used };
  }
  const kind = MODES.get(second.toLowerCase());
  if (kind === undefined) return 'invalid';
  const after = parts.slice(2);
  const skip = after[0]?.toLowerCase() === 'for' ? 1 : 0;
  const length = spokenDuration(after.slice(skip));
  if (length === 'invalid') return 'invalid';
  const used = length === undefined ? 2 : 2 + skip + length.used;
  return { endsAfterMs: LONGEST_UNTIL_MS, end: { kind, forMs: length?.ms ?? USUAL_END_MS[kind] }, used };
}

const MODES: ReadonlyMap<string, 'resolved' | 'unmatched'> = new Map([
  ['resolved', 'resolved'],
  ['clear', 'resolved'],
  ['unmatched', 'unmatched'],
]);

import type { CardMember, CardState } from '../../incident/card.ts';
import { code, esc, join, type Mrkdwn, mrkdwn } from './mrkdwn.ts';
import { beyond, measure } from './words.ts';

const MOST_MEMBERS = 5;

/** The members of a group, the open ones first, at most five; '' for a group of one. */
export function memberLines(state: CardState): Mrkdwn {
  if (state.members.length < 2) return esc('');
  const ordered = state.members.toSorted((a, b) => ORDER[a.state] - ORDER[b.state]);
  const shown = ordered.slice(0, MOST_MEMBERS).map(memberLine);
  const hidden = Math.max(state.totalMembers, state.members.length) - shown.length;
  return join([...shown, hidden > 0 ? mrkdwn`and ${hidden} more` : undefined], '\n');
}

const ORDER = { firing: 0, no_data: 1, muted: 2, sender_silent: 3, resolved: 4 } as const;
const DOT = { firing: '•', no_data: '🟡', muted: '🔇', sender_silent: '⚪', resolved: '✅' } as const;

function memberLine(member: CardMember): Mrkdwn {
  const label = code(memberLabel(member.label), 80);
  const dot = esc(DOT[member.state]);
  const value = member.evidence
    ? esc(member.state === 'resolved' ? measure(member.evidence.value, member.evidence.unit) : beyond(member.evidence))
    : undefined;
  return join([join([dot, label], ' '), value, member.state === 'no_data' ? esc('no data') : undefined], '  ');
}

/** One distinguishing label is told by its value alone: `feature_name=amount` → `amount`. */
function memberLabel(label: string): string {
  const match = /^[a-zA-Z_][a-zA-Z0-9_]*=([^,=]+)$/.exec(label);
  return match?.[1]?.replace(/^"(.*)"$/, '$1') ?? label;
}

/** Which slice a card of one alert speaks of: `feature_name=amount` → feature `amount`; at most two labels. */
export function sliceText({ members, page }: CardState): Mrkdwn | undefined {
  // The labels of a page by hand only tell it from others.
  if (page) return undefined;
  const [only, second] = members;
  if (!only || second || only.label === '') return undefined;
  const labels = only.label.split(/, (?=[a-zA-Z_][a-zA-Z0-9_]*=)/).slice(0, 2);
  return join(
    labels.map((label) => {
      const at = label.indexOf('=');
      const name = label
        .slice(0, at)
        .replace(/_name$/, '')
        .replaceAll('_', ' ');
      return mrkdwn`${esc(name, 40)} ${code(label.slice(at + 1), 80)}`;
    }),
    ' · ',
  );
}

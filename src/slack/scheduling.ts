import type { OncallResult } from '../oncall/change.ts';
import { type Effects, reply } from './effect.ts';
import { wording } from './look.ts';
import type { ScheduleDeskPort, SlackDeps } from './ports.ts';
import { renderRefusal } from './view/notice.ts';
import { endOverrideHint, renderChange } from './view/oncall-change.ts';

/** What people call the schedules here. */
export interface NamedWords {
  /** The one schedule that was named. */
  readonly schedule?: string;
  readonly rest: readonly string[];
}

/** Takes the name of a schedule, in any case, out of some words. */
export function takeSchedule(words: readonly string[], desk: ScheduleDeskPort): NamedWords {
  const names = desk.roster.names();
  const at = words.findIndex((word) => names.some((name) => name.toLowerCase() === word.toLowerCase()));
  const schedule = names.find((name) => name.toLowerCase() === words[at]?.toLowerCase());
  return schedule === undefined ? { rest: words } : { schedule, rest: words.toSpliced(at, 1) };
}

/** Takes a mention (`@U012`), a name (`@bilal`), an e-mail address or `me` out of some words. */
export function takePerson(
  words: readonly string[],
  me: string,
): { readonly person: string | undefined; readonly rest: readonly string[] } {
  const at = words.findIndex(isPerson);
  const word = words[at];
  if (word === undefined) return { person: undefined, rest: words };
  const person = /^me$/i.test(word) ? me : word.replace(/^@(?=[UW][A-Z0-9]{2,}$)/, '');
  return { person, rest: words.toSpliced(at, 1) };
}

/** Takes `for @asha` out of some words: whose shift it is about, where it is not the asker's own. */
export function takeOwner(
  words: readonly string[],
  me: string,
): { readonly owner?: string; readonly rest: readonly string[] } {
  const at = words.findIndex((word, index) => /^for$/i.test(word) && isPerson(words[index + 1] ?? ''));
  if (at < 0) return { rest: words };
  const { person } = takePerson(words.slice(at + 1, at + 2), me);
  return { ...(person !== undefined && { owner: person }), rest: words.toSpliced(at, 2) };
}

function isPerson(word: string): boolean {
  return /^@./.test(word) || /^[^@\s]+@[^@\s]+$/.test(word) || /^me$/i.test(word);
}

/** The asker's answer to a change of who is on call; the others are told through the outbox. */
export function toldChange(result: OncallResult, asker: string, deps: SlackDeps): Effects {
  if (result.kind === 'done') return reply(renderChange(result.change, asker, wording(deps)));
  const hint = result.code === 'overlap' ? endOverrideHint(deps.settings.commands.oncall) : undefined;
  return reply(renderRefusal(result.message, hint));
}

/** As `toldChange`, in place of the message whose button was pressed: its question is answered. */
export function toldChangeInPlace(result: OncallResult, asker: string, deps: SlackDeps): Effects {
  return toldChange(result, asker, deps).map((effect) =>
    effect.kind === 'reply' && result.kind === 'done' ? { kind: 'replace', message: effect.message } : effect,
  );
}

export const NO_SCHEDULES: Effects = reply(renderRefusal('No schedule is configured here.'));

import type { HandoffBrief, HandoffNotice } from '../../oncall/handoff.ts';
import { dayAndTime } from '../../time/wall-clock.ts';
import { actions, button, context, present, type SlackMessage, section } from './block.ts';
import { fit } from './limits.ts';
import { bold, code, esc, isUserId, join, type Mrkdwn, mrkdwn, person } from './mrkdwn.ts';
import { count, time, type Wording } from './words.ts';

/** What the people of a handoff are told, each in private. */
export function renderHandoff(notice: HandoffNotice, wording: Wording): SlackMessage {
  const named = (who: string): Mrkdwn => esc(isUserId(who) ? (wording.nameOf(who) ?? 'somebody') : who, 80);
  switch (notice.kind) {
    case 'brief':
      return brief(notice, wording);
    case 'signed_off': {
      const { schedule, to, open } = notice;
      const left = open === 0 ? 'nothing is open' : `${count(open, 'open incident')} handed on`;
      const who = to === '' ? mrkdwn`nobody` : person(to);
      return {
        text: mrkdwn`Your shift on ${esc(schedule, 80)} is over`,
        blocks: [
          section(mrkdwn`👋 Your shift on ${bold(esc(schedule, 80))} is over: ${who} has it now, ${esc(left)}.`),
        ],
      };
    }
    case 'backup_added': {
      const { schedule, primary, until } = notice;
      const end = time(until, '{date_short_pretty} {time}', wording.timezone);
      return {
        text: mrkdwn`${named(primary)} has not confirmed ${esc(schedule, 80)}: pages come to you, too`,
        blocks: [
          section(
            mrkdwn`🛟 ${person(primary)} has not confirmed being reachable for ${bold(esc(schedule, 80))}. Until then pages come to you, too, at the latest until ${end}.`,
          ),
        ],
      };
    }
    case 'backup_ended': {
      const { schedule, primary } = notice;
      return {
        text: mrkdwn`${named(primary)} is reachable for ${esc(schedule, 80)}`,
        blocks: [
          section(
            mrkdwn`🟢 ${person(primary)} is reachable for ${bold(esc(schedule, 80))}: you are next again, not first.`,
          ),
        ],
      };
    }
  }
}

function brief(notice: Extract<HandoffNotice, { readonly kind: 'brief' }>, wording: Wording): SlackMessage {
  const { handoff } = notice;
  const until = time(handoff.end, '{date_short_pretty} {time}', wording.timezone);
  return fit({
    text: mrkdwn`You are on call for ${esc(handoff.schedule, 80)} until ${esc(dayAndTime(handoff.end, wording.timezone))}: say that you are reachable`,
    blocks: present([
      section(mrkdwn`📟 You are on call for ${bold(esc(handoff.schedule, 80))} until ${until}.`),
      section(join(briefLines(notice.brief, wording), '\n')),
      actions('handoff', [button('handoff_reachable', 'I’m reachable', handoff.id, { primary: true })]),
      context(mrkdwn`Not pressed within 15 minutes, whoever is next is paged beside you.`),
    ]),
  });
}

function briefLines({ open, silences, noisy, secondary }: HandoffBrief, wording: Wording): Mrkdwn[] {
  const at = (instant: number): Mrkdwn => time(instant, '{date_short_pretty} {time}', wording.timezone);
  const incidents = open
    .slice(0, 5)
    .map(({ id, priority, text }) => mrkdwn`• ${esc(priority)} ${esc(text, 120)} ${code(id.slice(0, 8))}`);
  const more = open.length - incidents.length;
  const rules = noisy.map(({ rule, incidents: n }) => mrkdwn`${esc(rule, 80)} (${esc(count(n, 'incident'))})`);
  return present([
    open.length === 0 ? mrkdwn`Nothing is open.` : mrkdwn`*${esc(count(open.length, 'open incident'))}*`,
    ...incidents,
    more > 0 ? mrkdwn`and ${more} more` : undefined,
    ...silences.slice(0, 5).map(({ text, endsAt }) => mrkdwn`🔇 ${esc(text, 160)} ends ${at(endsAt)}`),
    rules.length === 0 ? undefined : mrkdwn`Noisy last week: ${join(rules, ', ')}`,
    secondary.length === 0 ? mrkdwn`Nobody comes after you.` : mrkdwn`After you: ${join(secondary.map(person), ', ')}`,
  ]);
}

import type { CardLine } from '../../incident/card.ts';
import type { Mute } from '../../routing/effects.ts';
import { humanDuration } from '../../time/duration.ts';
import { actions, button, present, type SlackMessage, section } from './block.ts';
import { VERDICT_WORDS } from './card-lines.ts';
import { bold, code, esc, join, type Mrkdwn, mrkdwn, person } from './mrkdwn.ts';
import { pagedLine } from './page.ts';
import { count, modelName, time, type Wording } from './words.ts';

/** What the line stands under, for its button and its first words. */
export interface LineSubject {
  readonly incidentId: string;
  readonly model: string;
  readonly environment: string;
  readonly alertName: string;
}

/** A line in a card's thread: one sentence; the question "still on it?" has a button. */
export function renderLine(line: CardLine, subject: LineSubject, wording: Wording): SlackMessage {
  const text = lineText(line, subject, wording);
  const blocks = present([
    section(text),
    line.kind === 'still_on_it'
      ? actions('still_on_it', [button('still_on_it', 'Still on it', subject.incidentId, { primary: true })])
      : undefined,
  ]);
  return { text, blocks };
}

function lineText(line: CardLine, subject: LineSubject, wording: Wording): Mrkdwn {
  const about = bold(join([esc(modelName(subject)), esc(subject.alertName, 100)], ' '));
  switch (line.kind) {
    case 'repeat':
      return join(
        [
          mrkdwn`${about} still fires after ${esc(humanDuration(line.firingForMs))}, nobody has acknowledged`,
          esc(line.measure),
          line.openMembers > 1 ? esc(count(line.openMembers, 'alert')) : undefined,
        ],
        ' · ',
      );
    case 'member_joined':
      return joinedText(line);
    case 'acknowledged':
      return mrkdwn`Acknowledged by ${person(line.by)}${viaWords(line.via)}`;
    case 'retriggered':
      return mrkdwn`${about} calls again: ${esc(RETRIGGER_WORDS[line.reason])}`;
    case 'resolved':
      return resolvedText(line);
    case 'reopened':
      return mrkdwn`${about} is open again: ${esc(line.reason === 'condition_still_true' ? 'the condition is still true' : 'a new alert joined')}`;
    case 'escalated': {
      const who = join(line.who.slice(0, 6).map(person), ', ');
      const pass = line.pass > 1 ? mrkdwn`, pass ${line.pass}` : NOTHING;
      return mrkdwn`Level ${line.level}${pass}: told ${who}`;
    }
    case 'level_skipped':
      return mrkdwn`Level ${line.level} has nobody to tell (${esc(line.targets.slice(0, 4).join(', '))}): on to the next at once`;
    case 'channel_called':
      return mrkdwn`<!channel> ${about}: level ${line.level} of the ladder is this channel. Who takes it?`;
    case 'reassigned':
      return mrkdwn`${person(line.by)} passed it on to ${person(line.to)}`;
    case 'ladder_exhausted':
      // The one place where a whole channel is called: everybody on the ladder was told and nobody answered.
      return mrkdwn`<!channel> ${about}: ${line.passes > 0 ? NO_ANSWER : NOBODY} Who takes it?`;
    case 'muted':
      return mrkdwn`Every alert here is muted (${muteWords(line.mute)}): nobody is paged any more`;
    case 'unmuted':
      return mrkdwn`No longer muted (${muteWords(line.mute)}) and still firing: the ladder starts again`;
    case 'still_on_it':
      return mrkdwn`Still on it? Without an answer by ${time(line.answerBy, '{time}', wording.timezone)} the ladder starts again.`;
    case 'verdict':
      return mrkdwn`${esc(VERDICT_WORDS[line.verdict])}, says ${person(line.by)}`;
    case 'verdict_undone':
      return mrkdwn`${person(line.by)} took the verdict back`;
    case 'paged_together':
      return join(
        [
          mrkdwn`*${esc(count(line.incidents.length, 'incident'))} within a minute*`,
          ...line.incidents.slice(0, 10).map(pagedLine),
        ],
        '\n',
      );
  }
}

function joinedText(line: Extract<CardLine, { kind: 'member_joined' }>): Mrkdwn {
  const shown = line.labels.filter((label) => label !== '').slice(0, 5);
  const labels = join(
    shown.map((label) => code(label, 120)),
    ', ',
  );
  const hidden = line.count - shown.length;
  const what = shown.length === 0 ? esc(line.alertName, 100) : labels;
  const more = shown.length > 0 && hidden > 0 ? mrkdwn` and ${hidden} more` : NOTHING;
  return join([mrkdwn`Also firing: ${what}${more}`, esc(line.measure)], ' · ');
}

const NOTHING = esc('');
const NO_ANSWER = esc('everybody on the ladder was told and nobody has answered.');
const NOBODY = esc('the ladder has nobody to tell.');

const RETRIGGER_WORDS = {
  higher_priority: 'its priority rose',
  other_environment: 'it reached another environment',
  acknowledgement_expired: 'nobody said that they are still on it',
  verdict_undone: 'the verdict that had acknowledged it was taken back',
  reassigned: 'it was passed on',
} as const;

function resolvedText(line: Extract<CardLine, { kind: 'resolved' }>): Mrkdwn {
  switch (line.how) {
    case 'members_ended':
      return mrkdwn`🟢 Resolved: the condition was seen to end`;
    case 'sender_silent':
      return mrkdwn`⚪ Its sender fell silent: closed, recovery not seen`;
    case 'closed_by_hand': {
      const by = line.by === undefined ? NOTHING : mrkdwn` by ${person(line.by)}`;
      return mrkdwn`🟤 Closed${by}${line.conditionHolds ? esc(', condition still true') : NOTHING}`;
    }
  }
}

function viaWords(via: Extract<CardLine, { kind: 'acknowledged' }>['via']): Mrkdwn {
  switch (via) {
    case 'slack':
    case 'system':
      return NOTHING;
    case 'api':
      return mrkdwn` over the API`;
    case 'cli':
      return mrkdwn` from the command line`;
    case 'pagerduty':
      return mrkdwn` in PagerDuty`;
  }
}

function muteWords(mute: Mute): Mrkdwn {
  switch (mute.kind) {
    case 'silenced':
      return mrkdwn`silence ${code(mute.by.slice(0, 8))}`;
    case 'inhibited':
      return esc('another alert explains it');
    case 'mute_time':
    case 'inactive_time':
      return mrkdwn`time interval ${code(mute.by, 60)}`;
  }
}

import {
  DRILL_WAIT_MS,
  type Drill,
  type DrillLevelReport,
  type DrillNotice,
  type DrillReport,
  type UnreachedReason,
} from '../../incident/drill.ts';
import { humanDuration } from '../../time/duration.ts';
import { clockTime } from '../../time/wall-clock.ts';
import { actions, button, context, present, type SlackMessage, section } from './block.ts';
import { fit } from './limits.ts';
import { bold, code, esc, isUserId, join, type Mrkdwn, mrkdwn, person } from './mrkdwn.ts';
import { count, time, type Wording } from './words.ts';

/** Whatever is said of a drill says DRILL before anything else, and calls no channel. */
export function renderDrill(notice: DrillNotice, wording: Wording, command: string): SlackMessage {
  switch (notice.kind) {
    case 'started':
      return started(notice.drill, notice.levels);
    case 'report':
      return renderDrillReport(notice.report, wording, command);
    case 'call':
      return call(notice, wording);
    case 'over':
      return over(notice.drill, command);
  }
}

function started(drill: Drill, levels: number): SlackMessage {
  const policy = esc(drill.policy, 80);
  return {
    text: mrkdwn`DRILL of ${policy}: nothing is wrong`,
    blocks: [
      section(mrkdwn`🧪 *DRILL* of ${bold(policy)}: nothing is wrong`),
      context(
        mrkdwn`${esc(count(levels, 'level'))} are called in turn, ${minutes()} apart, in their working hours. The report comes here. ${startedBy(drill)}`,
      ),
    ],
  };
}

function call({ drill, level, until }: Extract<DrillNotice, { kind: 'call' }>, wording: Wording): SlackMessage {
  const policy = esc(drill.policy, 80);
  return {
    text: mrkdwn`DRILL, nothing is wrong: say that this reached you, by ${esc(clockTime(until, wording.timezone))}`,
    blocks: [
      section(mrkdwn`🧪 *DRILL* · nothing is wrong\nA page of ${bold(policy)} would reach you now, as level ${level}.`),
      actions('drill', [button('drill_acknowledge', 'It reached me', drill.id, { primary: true })]),
      context(
        mrkdwn`By ${time(until, '{time}', wording.timezone)}. How long it took is told per level, never per person.`,
      ),
    ],
  };
}

/** In place of the call, for whoever pressed. */
export function renderDrillAnswered(policy: string, afterMs: number): SlackMessage {
  const [name, after] = [esc(policy, 80), esc(humanDuration(afterMs))];
  return {
    text: mrkdwn`DRILL of ${name}: it reached you after ${after}`,
    blocks: [section(mrkdwn`🟢 *DRILL* of ${bold(name)} · it reached you after ${after}. That is all, thank you.`)],
  };
}

/** In place of a call that came to nothing. */
export function renderDrillRefusal(message: string): SlackMessage {
  const text = esc(message, 300);
  return { text: mrkdwn`DRILL: ${text}`, blocks: [section(mrkdwn`🧪 *DRILL* · ${text}`)] };
}

function over(drill: Drill, command: string): SlackMessage {
  const policy = esc(drill.policy, 80);
  const why = drill.state === 'called_off' ? 'was called off' : 'is over';
  return {
    text: mrkdwn`DRILL of ${policy} ${esc(why)}: nothing is asked of you any more`,
    blocks: [
      section(mrkdwn`🧪 *DRILL* of ${bold(policy)} ${esc(why)}: nothing is asked of you any more.`),
      ...(drill.state === 'called_off'
        ? []
        : [
            context(
              mrkdwn`You did not answer in time. Does a page ring here? ${code(`${command} test`)} tells, and only you hear it.`,
            ),
          ]),
    ],
  };
}

/** What a drill found: the time to the first answer per level, and who cannot be reached at all. */
export function renderDrillReport(report: DrillReport, wording: Wording, command: string): SlackMessage {
  const { drill, levels, unreached } = report;
  const policy = esc(drill.policy, 80);
  const answered = levels.filter(({ outcome }) => outcome === 'answered').length;
  const how = { running: 'is running', finished: 'finished', called_off: 'called off' }[drill.state];
  const result = `${answered} of ${count(levels.length, 'level')} answered`;
  const reasons = Object.entries(REASONS).map(([reason, words]) => {
    const who = unreached.filter((one) => one.reason === reason).map((one) => person(one.who));
    return who.length === 0 ? undefined : mrkdwn`• ${join(who.slice(0, 10), ', ')}: ${esc(words)}`;
  });
  const mend = unreached.length > 0 || levels.some(({ outcome }) => outcome === 'empty');
  return fit({
    text: mrkdwn`DRILL of ${policy} ${esc(how)}: ${esc(result)}`,
    blocks: present([
      section(mrkdwn`🧪 *DRILL* of ${bold(policy)} ${esc(how)}\n${esc(result)}`),
      section(join(levels.map(levelLine), '\n')),
      unreached.length > 0 ? section(join([mrkdwn`*Could not be reached*`, ...reasons], '\n')) : undefined,
      context(
        join(
          [
            mrkdwn`${startedBy(drill)} ${time(drill.startedAt, '{date_short_pretty} {time}', wording.timezone)}`,
            mrkdwn`seconds to the first answer of a level, which has ${minutes()}`,
            mend ? mrkdwn`${code(`${command} gaps`)} says what is missing ahead` : undefined,
          ],
          ' · ',
        ),
      ),
    ]),
  });
}

const REASONS: Readonly<Record<UnreachedReason, string>> = {
  no_way: 'no Slack account, and no phone number',
  do_not_disturb: 'in Do Not Disturb, and no other way',
  not_delivered: 'the message was not delivered',
};

function levelLine({ level, targets, outcome, afterMs }: DrillLevelReport): Mrkdwn {
  const name = bold(esc(targets.slice(0, 4).join(', ') || 'nobody', 160));
  const [dot, words] = levelWords(outcome, afterMs);
  return mrkdwn`${esc(dot)} ${level} · ${name} · ${words}`;
}

function levelWords(outcome: DrillLevelReport['outcome'], afterMs = 0): [string, Mrkdwn] {
  switch (outcome) {
    case 'answered':
      return ['🟢', bold(esc(`${Math.round(afterMs / 1000)} s`))];
    case 'no_answer':
      return ['🔴', mrkdwn`no answer`];
    case 'not_reached':
      return ['🔴', mrkdwn`could not be reached`];
    case 'empty':
      return ['🔴', mrkdwn`has nobody`];
    case 'out_of_hours':
      return ['⚪', mrkdwn`not called: nobody was at work for days`];
    case 'not_called':
      return ['⚪', mrkdwn`not called`];
  }
}

function startedBy({ startedBy: by }: Drill): Mrkdwn {
  if (by.via === 'system') return mrkdwn`Held by schedule`;
  return mrkdwn`Started by ${isUserId(by.id) ? person(by.id) : esc(by.name, 80)}`;
}

function minutes(): Mrkdwn {
  return esc(humanDuration(DRILL_WAIT_MS));
}

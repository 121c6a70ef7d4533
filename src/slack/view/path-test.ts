import type { PagePath, PathState, PathTest } from '../../oncall/path-test.ts';
import { actions, type Block, button, context, present, type SlackMessage, section } from './block.ts';
import { bold, code, esc, join, type Mrkdwn, mrkdwn } from './mrkdwn.ts';
import { time, type Wording } from './words.ts';

const NAMES: Readonly<Record<PagePath, string>> = {
  slack: 'Slack message',
  sms: 'Text message',
  email: 'E-mail',
};

/** What to look at where it did not ring. */
const ADVICE: Readonly<Record<PagePath, string>> = {
  slack:
    'Slack: allow notifications for direct messages on the phone, and let them through its silent mode. While Do Not Disturb is on, pages go another way or to whoever is next.',
  sms: 'Text message: is the number under directory.phones in watchroom.yml yours, and is the sender allowed through the silent mode?',
  email: 'E-mail: is it in the spam folder? Nobody should be woken by mail alone.',
};

/** The plain words of a test, for paths without buttons. */
export const TEST_TEXT =
  'TEST from Watchroom, for you alone: nothing is wrong. Did it ring? Say so in Slack, where you asked for it.';

/** The test message itself, as a direct message. */
export function renderPathTest(test: PathTest): SlackMessage {
  return {
    text: mrkdwn`TEST page for you alone: nothing is wrong`,
    blocks: [
      section(mrkdwn`🔔 *TEST* · for you alone, nothing is wrong\nA page would reach you here, like this.`),
      ...askBlocks(test),
    ],
  };
}

/** The asker's list: one question per path, until it is answered. */
export function renderPathTests(tests: readonly PathTest[], command: string): SlackMessage {
  const open = tests.filter(({ answer }) => answer === undefined).length;
  const silent = tests.filter(({ answer }) => answer?.rang === false).map(({ path }) => path);
  const head =
    open === tests.length
      ? mrkdwn`🔔 *TEST* sent to you alone, on every way that leads to you. Nobody else hears of it.`
      : mrkdwn`🔔 *TEST* · for you alone`;
  return {
    text: open > 0 ? mrkdwn`TEST sent to you: did it ring?` : mrkdwn`TEST: noted`,
    blocks: present<Block>([
      section(head),
      ...tests.flatMap((test) => (test.answer ? [section(answeredLine(test))] : askBlocks(test))),
      silent.length > 0
        ? context(
            join(
              silent.map((path) => esc(ADVICE[path])),
              '\n',
            ),
          )
        : undefined,
      open === 0 ? context(mrkdwn`${code(`${command} me`)} shows it from now on.`) : undefined,
    ]),
  };
}

function askBlocks(test: PathTest): Block[] {
  return [
    section(mrkdwn`${bold(esc(NAMES[test.path]))} · did it ring?`),
    actions(`path_test:${test.id}`, [
      button('path_rang', 'Yes, it rang', test.id, { primary: true }),
      button('path_silent', 'No', test.id),
    ]),
  ];
}

function answeredLine({ path, answer }: PathTest): Mrkdwn {
  return answer?.rang
    ? mrkdwn`🟢 ${bold(esc(NAMES[path]))} · it rang`
    : mrkdwn`🔴 ${bold(esc(NAMES[path]))} · it did not ring`;
}

/** In `/oncall me`: each way that leads to the person, and what its last test said. */
export function pathLines(states: readonly PathState[], wording: Wording, command: string): Mrkdwn[] {
  if (states.length === 0) return [];
  const isOpen = states.some(({ test, undelivered }) => undelivered || test?.answer?.rang !== true);
  const rows = states.map((state) => pathLine(state, wording));
  return [...rows, ...(isOpen ? [mrkdwn`${code(`${command} test`)} tries whether a page rings, for you alone`] : [])];
}

function pathLine({ path, test, undelivered }: PathState, wording: Wording): Mrkdwn {
  const name = esc(NAMES[path]);
  if (!test) return mrkdwn`⚪ ${name} to you: never tested`;
  const on = time(test.answer?.at ?? test.at, '{date_short_pretty} {time}', wording.timezone);
  if (undelivered) return mrkdwn`🔴 ${name} to you: was not delivered ${on}`;
  if (!test.answer) return mrkdwn`⚪ ${name} to you: tested ${on}, not answered`;
  return test.answer.rang ? mrkdwn`🟢 ${name} to you: rang ${on}` : mrkdwn`🔴 ${name} to you: did not ring ${on}`;
}

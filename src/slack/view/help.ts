import { context, type SlackMessage, section } from './block.ts';
import { bold, code, esc, join, type Mrkdwn, mrkdwn } from './mrkdwn.ts';

export interface HelpLine {
  readonly usage: string;
  readonly summary: string;
}

/** What the words in the usage of incident commands stand for. */
export const INCIDENT_NOTE = mrkdwn`ID: an incident's id, its first characters, or an alert name · 👀 on a card acknowledges`;

/** `/alert help`: every subcommand in one message that fits a phone. */
export function renderHelp(command: string, lines: readonly HelpLine[], note?: Mrkdwn): SlackMessage {
  const rows = lines.map((line) => join([code(`${command} ${line.usage}`), esc(line.summary)], '  '));
  return {
    text: esc(`Help for ${command}`),
    blocks: [section(join([bold(esc(command)), ...rows], '\n')), ...(note === undefined ? [] : [context(note)])],
  };
}

import { type Notice, noticeFacts, stepText } from './notice.ts';

/** The plain-text twin of a mail: what a watch, a screen reader or a terminal shows. Lines of people's length, no markup. */
export function noticeText(notice: Notice, command?: string): string {
  const facts = noticeFacts(notice).filter(([name]) => name !== 'Escalation');
  const width = Math.max(...facts.map(([name]) => name.length));
  const blocks: readonly string[] = [
    notice.title,
    facts.map(([name, value]) => `${`${name}:`.padEnd(width + 2)}${value}`).join('\n'),
    notice.description || notice.summary,
    listed('Alerts', [...notice.members, ...(notice.membersHidden > 0 ? [`and ${notice.membersHidden} more`] : [])]),
    listed('Escalation', notice.ladder.map(stepText)),
    notice.notes.join('\n'),
    [notice.runbookUrl && `Runbook:   ${notice.runbookUrl}`, notice.dashboardUrl && `Dashboard: ${notice.dashboardUrl}`]
      .filter(Boolean)
      .join('\n'),
    footer(notice, command),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** How to act and to ask, where Slack is at hand. */
export function footer({ incidentId, phase }: Notice, command: string | undefined): string {
  if (incidentId === '') return 'Watchroom, about itself';
  const open = phase === 'firing' || phase === 'no_data';
  const acts = command === undefined ? '' : open ? `${command} ack ${incidentId}` : `${command} show ${incidentId}`;
  return acts === '' ? `Incident ${incidentId}` : `Incident ${incidentId} · in Slack: ${acts}`;
}

function listed(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${heading}:\n${lines.map((one) => `- ${one}`).join('\n')}`;
}

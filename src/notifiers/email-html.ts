import { escapeHtml } from '../template/escape.ts';
import { mailButton, mailPage, SMALL } from './email-page.ts';
import { footer } from './email-text.ts';
import { isOver, type Notice, type NoticeStep } from './notice.ts';

/** The `cid:` of the chart, which comes with the mail: nothing in it is fetched from anywhere. */
export const CHART_CID = 'trend@watchroom';
/** Its place in the mail, for a mail that has to go without. */
export const CHART_IMAGE = new RegExp(`<img src="cid:${CHART_CID}"[^>]*>`);

/**
 * The mail as HTML. Every value is escaped.
 */
export function noticeHtml(notice: Notice, command?: string): string {
  const colour = colourOf(notice);
  const parts = [
    heading(notice, colour),
    measureParts(notice, colour),
    chartPart(notice),
    words(notice),
    buttons(notice),
    facts(notice),
    ladder(notice),
    members(notice),
    notes(notice),
  ];
  return mailPage({ title: notice.title, preview: preview(notice), colour, parts, footer: footer(notice, command) });
}

export function colourOf(notice: Pick<Notice, 'phase' | 'priority'>): string {
  switch (notice.phase) {
    case 'firing':
      return notice.priority === 'P1' ? '#c9252d' : notice.priority === 'P2' ? '#d9730d' : '#2563b8';
    case 'acknowledged':
      return '#d9730d';
    case 'no_data':
      return '#b58900';
    case 'resolved':
      return '#1a7f37';
    case 'sender_silent':
    case 'closed_by_hand':
      return '#6e7781';
  }
}

/** What an inbox shows beside the subject. */
function preview(notice: Notice): string {
  return [notice.status, notice.measure, notice.extremes].filter(Boolean).join(' · ');
}

function heading(notice: Notice, colour: string): string {
  const words = [notice.model, notice.subject].filter(Boolean).join(': ');
  const where = notice.where === '' ? '' : ` · ${text(notice.where)}`;
  return `<p class="quiet" style="${SMALL};padding-top:8px"><span style="color:${colour};font-weight:700">${text(notice.priority)} ${PHASE_WORDS[notice.phase]}</span>${where}</p>
<h1 class="title ink" style="margin:4px 0 0;font-size:22px;line-height:1.3;color:#1f2328">${text(words)}</h1>
<p class="quiet" style="${SMALL};padding-top:4px">${text([notice.status, `since ${notice.since}`].filter(Boolean).join(' · '))}</p>`;
}

export const PHASE_WORDS = {
  firing: 'firing',
  acknowledged: 'acknowledged',
  no_data: 'no data',
  resolved: 'resolved',
  sender_silent: 'sender silent',
  closed_by_hand: 'closed by hand',
} as const;

function measureParts(notice: Notice, colour: string): string {
  if (notice.measure === '') return '';
  const ink = isOver(notice) ? '#1f2328' : colour;
  return `<p class="measure${isOver(notice) ? ' ink' : ''}" style="margin:0;font-size:26px;line-height:1.3;font-weight:700;color:${ink}">${text(notice.measure)}</p>
<p class="quiet" style="${SMALL}">${text(notice.extremes)}</p>`;
}

/** The picture's words are the sparkline, for whoever sees no pictures. */
function chartPart(notice: Notice): string {
  if (!notice.chart) return '';
  const alt = notice.trend === '' ? 'Trend' : `Trend, ${notice.trendSpan}: ${notice.trend}`;
  return `<img src="cid:${CHART_CID}" width="598" alt="${text(alt)}" style="display:block;width:100%;max-width:598px;height:auto;border:0">`;
}

function words(notice: Notice): string {
  const said = notice.description || notice.summary;
  if (said === '') return '';
  return `<p class="ink" style="margin:0;font-size:15px;line-height:1.5;color:#1f2328">${text(said).replaceAll('\n', '<br>')}</p>`;
}

function buttons(notice: Notice): string {
  const links = [
    notice.runbookUrl === '' ? '' : mailButton('Runbook', notice.runbookUrl, true),
    notice.dashboardUrl === '' ? '' : mailButton('Dashboard', notice.dashboardUrl, false),
  ];
  return links.filter((link) => link !== '').join('');
}

function facts(notice: Notice): string {
  const rows: readonly (readonly [string, string])[] = [
    ['Alert', notice.alertName],
    ['Team', notice.team],
    ['Trend', notice.chart || notice.trend === '' ? '' : `${notice.trend} ${notice.trendSpan}`],
  ];
  return table(rows.filter(([, value]) => value !== ''));
}

function table(rows: readonly (readonly [string, string])[]): string {
  if (rows.length === 0) return '';
  const lines = rows.map(
    ([name, value]) =>
      `<tr><td class="name quiet" width="110" valign="top" style="${SMALL};padding:3px 12px 3px 0;width:110px">${text(name)}</td><td class="ink" valign="top" style="font-size:14px;line-height:1.5;padding:3px 0;color:#1f2328;word-break:break-word">${text(value)}</td></tr>`,
  );
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">${lines.join('')}</table>`;
}

/** Who was told, who is next: the escalation timeline. */
function ladder(notice: Notice): string {
  if (notice.ladder.length === 0) return '';
  return `${caption('Escalation')}${table(notice.ladder.map((step) => [step.when, whoText(step)]))}`;
}

function whoText(step: NoticeStep): string {
  switch (step.state) {
    case 'told':
      return `${step.who} was told`;
    case 'acknowledged':
      return `${step.who} acknowledged`;
    case 'next':
      return `next: ${step.who}`;
    case 'later':
      return `then: ${step.who}`;
    case 'skipped':
      return `${step.who || 'nobody'} (skipped)`;
  }
}

function members(notice: Notice): string {
  if (notice.members.length === 0) return '';
  const more = notice.membersHidden > 0 ? [`and ${notice.membersHidden} more`] : [];
  const items = [...notice.members, ...more].map(
    (member) =>
      `<p class="ink" style="margin:0;font-size:14px;line-height:1.6;color:#1f2328;word-break:break-word">• ${text(member)}</p>`,
  );
  return `${caption('Alerts')}${items.join('')}`;
}

function notes(notice: Notice): string {
  return notice.notes.map((note) => `<p class="quiet" style="${SMALL}">${text(note)}</p>`).join('');
}

function caption(label: string): string {
  return `<p class="quiet" style="${SMALL};font-weight:600;padding-bottom:2px">${label}</p>`;
}

function text(value: string): string {
  return escapeHtml(value);
}

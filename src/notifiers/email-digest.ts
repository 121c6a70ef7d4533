import type { OutboxDraft } from '../delivery/outbox.ts';
import { dayAndTime } from '../slack/view/words.ts';
import { escapeHtml } from '../template/escape.ts';
import { type EmailPayload, type EnvelopeFacts, envelopeOf, slug } from './email-draft.ts';
import { colourOf, PHASE_WORDS } from './email-html.ts';
import { mailPage, SMALL } from './email-page.ts';
import { isOver, type Notice } from './notice.ts';

export interface DigestMailFacts extends EnvelopeFacts {
  /** In the order in which they came. */
  readonly notices: readonly Notice[];
  /** Domain instants: the first notice, and now. */
  readonly since: number;
  readonly at: number;
  readonly timezone: string;
}

/** More than this nobody reads in a mail; the rest is counted. */
const MOST_SHOWN = 60;

/** One mail for each recipient; none where there is nothing to tell. */
export function digestDrafts(facts: DigestMailFacts): OutboxDraft[] {
  if (facts.notices.length === 0) return [];
  const { recipients, domain, shared } = envelopeOf(facts);
  const { receiver, index } = facts.integration;
  const digest = digestOf(facts);
  const mail: Omit<EmailPayload, 'address' | 'messageId'> = {
    ...shared,
    subject: digest.title,
    // All digests of a receiver are one conversation.
    thread: `<digest.${slug(receiver)}.${index}@watchroom.${domain}>`,
    urgent: false,
    about: { incidentId: '', gist: digest.title, open: false },
    text: digestText(digest),
    html: digestHtml(digest),
  };
  return recipients.map((address, position) => ({
    kind: 'email',
    destination: `email:${address}`,
    payload: {
      ...mail,
      address,
      messageId: `<digest.${slug(receiver)}.${index}.${facts.at}.${position}@watchroom.${domain}>`,
    },
    priority: 'P4',
    causedAt: facts.at,
  }));
}

interface Digest {
  readonly title: string;
  readonly span: string;
  readonly sections: readonly {
    readonly heading: string;
    readonly notices: readonly Notice[];
    readonly hidden: number;
  }[];
}

function digestOf({ notices, since, at, timezone }: DigestMailFacts): Digest {
  const open = notices.filter((notice) => !isOver(notice));
  const over = notices.filter(isOver);
  const urgent = (a: Notice, b: Notice): number => (a.priority < b.priority ? -1 : a.priority > b.priority ? 1 : 0);
  const parts = [`${open.length} open`, `${over.length} over`].filter((part) => !part.startsWith('0 '));
  let room = MOST_SHOWN;
  const section = (heading: string, all: readonly Notice[]) => {
    const shown = all.toSorted(urgent).slice(0, room);
    room -= shown.length;
    return { heading, notices: shown, hidden: all.length - shown.length };
  };
  return {
    title: `Alerts of the day: ${parts.join(', ')}`,
    span: `${dayAndTime(since, timezone)} to ${dayAndTime(at, timezone)}`,
    sections: [section('Still open', open), section('Over', over)].filter((one) => one.notices.length + one.hidden > 0),
  };
}

function digestText({ title, span, sections }: Digest): string {
  const blocks = sections.map(({ heading, notices, hidden }) =>
    [
      `${heading}:`,
      ...notices.map((notice) =>
        [
          `- ${notice.title}`,
          ...[
            notice.status,
            [notice.measure, notice.extremes].filter(Boolean).join(', '),
            notice.trend === '' ? '' : `${notice.trend} ${notice.trendSpan}`,
            notice.summary,
            notice.runbookUrl && `Runbook: ${notice.runbookUrl}`,
            notice.dashboardUrl && `Dashboard: ${notice.dashboardUrl}`,
          ]
            .filter(Boolean)
            .map((line) => `  ${line}`),
        ].join('\n'),
      ),
      ...(hidden > 0 ? [`- and ${hidden} more`] : []),
    ].join('\n\n'),
  );
  return `${[title, span, ...blocks, FOOTER].join('\n\n')}\n`;
}

const FOOTER = 'Watchroom, once a day. A P1 never waits for this mail.';

function digestHtml({ title, span, sections }: Digest): string {
  const heading = `<h1 class="title ink" style="margin:4px 0 0;padding-top:8px;font-size:22px;line-height:1.3;color:#1f2328">${escapeHtml(title)}</h1>
<p class="quiet" style="${SMALL};padding-top:4px">${escapeHtml(span)}</p>`;
  const parts = sections.flatMap((section) => [
    `<p class="quiet" style="${SMALL};font-weight:600;padding-top:6px">${section.heading}</p>`,
    ...section.notices.map(entry),
    section.hidden > 0 ? `<p class="quiet" style="${SMALL}">and ${section.hidden} more</p>` : '',
  ]);
  const [first] = sections.flatMap(({ notices }) => notices);
  return mailPage({
    title,
    preview: sections.flatMap(({ notices }) => notices.slice(0, 3).map((notice) => notice.title)).join(' · '),
    colour: first ? colourOf(first) : '#6e7781',
    parts: [heading, ...parts],
    footer: FOOTER,
  });
}

/** Colour, priority and phase; what is wrong; by how much, since when; where to look. */
function entry(notice: Notice): string {
  const colour = colourOf(notice);
  const quiet = (text: string): string =>
    text === '' ? '' : `<p class="quiet" style="${SMALL}">${escapeHtml(text)}</p>`;
  const links = [
    ['Runbook', notice.runbookUrl],
    ['Dashboard', notice.dashboardUrl],
  ].flatMap(([label, url]) =>
    url
      ? [
          `<a href="${escapeHtml(url)}" style="color:#1f6feb;text-decoration:underline;padding:4px 14px 4px 0;display:inline-block">${label ?? ''}</a>`,
        ]
      : [],
  );
  const words = [notice.model, notice.subject].filter(Boolean).join(': ');
  const measured = [notice.measure, notice.extremes].filter(Boolean).join(', ');
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td style="border-left:4px solid ${colour};padding:2px 0 2px 12px">
<p class="quiet" style="${SMALL}"><span style="color:${colour};font-weight:700">${escapeHtml(notice.priority)} ${PHASE_WORDS[notice.phase]}</span>${notice.where === '' ? '' : ` · ${escapeHtml(notice.where)}`}</p>
<p class="ink" style="margin:0;font-size:16px;line-height:1.4;font-weight:600;color:#1f2328;word-break:break-word">${escapeHtml(words)}</p>
${quiet([notice.status, `since ${notice.since}`].filter(Boolean).join(' · '))}${measured === '' ? '' : `<p class="ink" style="margin:0;font-size:14px;line-height:1.5;color:#1f2328">${escapeHtml(measured)}</p>`}${quiet(notice.trend === '' ? '' : `${notice.trend} ${notice.trendSpan}`)}${quiet(notice.summary)}${links.length === 0 ? '' : `<p style="${SMALL}">${links.join('')}</p>`}
</td></tr></table>`;
}

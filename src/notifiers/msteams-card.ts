import { truncate } from '../slack/view/mrkdwn.ts';
import { isOver, type Notice, noticeFacts } from './notice.ts';

/** What Microsoft Teams is sent: an adaptive card for a workflow, or the older card for a connector. */
export type TeamsMessage = Readonly<Record<string, unknown>>;

/** The receiver's own title and text, expanded; '' where it has none. */
export interface TeamsTexts {
  readonly title: string;
  readonly text: string;
}

/** Teams refuses messages beyond 28 KB; a little less, because it counts its own envelope too. */
export const LARGEST_TEAMS_BYTES = 27_000;
const ADAPTIVE = 'application/vnd.microsoft.card.adaptive';

/**
 * https://adaptivecards.io/explorer, version 1.4, which all Teams clients draw. What does not fit goes from the end: members,
 * then description, then own text; the facts stay.
 */
export function adaptiveCard(notice: Notice, own: TeamsTexts): TeamsMessage {
  return fitting(notice, own, (part, said) => ({
    type: 'message',
    attachments: [{ contentType: ADAPTIVE, contentUrl: null, content: cardContent(part, said) }],
  }));
}

function cardContent(notice: Notice, own: TeamsTexts): TeamsMessage {
  const words = own.text || notice.description || notice.summary;
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    fallbackText: inert(notice.title),
    // Without it Teams draws a card half as wide as the channel.
    msteams: { width: 'Full' },
    body: [
      {
        type: 'Container',
        style: styleOf(notice),
        bleed: true,
        items: [
          { type: 'TextBlock', text: inert(own.title || notice.title), size: 'Large', weight: 'Bolder', wrap: true },
        ],
      },
      {
        type: 'FactSet',
        facts: noticeFacts(notice).map(([title, value]) => ({ title, value: inert(value) })),
      },
      ...(words === '' ? [] : [{ type: 'TextBlock', text: paragraphs(words), wrap: true }]),
      ...(notice.members.length === 0 ? [] : [{ type: 'TextBlock', text: memberList(notice), wrap: true }]),
      ...(notice.notes.length === 0
        ? []
        : [{ type: 'TextBlock', text: inert(notice.notes.join(' · ')), isSubtle: true, size: 'Small', wrap: true }]),
      { type: 'TextBlock', text: `Incident ${inert(notice.incidentId)}`, isSubtle: true, size: 'Small', wrap: true },
    ],
    actions: linksOf(notice).map(([title, url]) => ({ type: 'Action.OpenUrl', title, url })),
  };
}

/** The connector's MessageCard (https://learn.microsoft.com/outlook/actionable-messages/message-card-reference). */
export function connectorCard(notice: Notice, own: TeamsTexts): TeamsMessage {
  return fitting(notice, own, (part, said) => ({
    '@type': 'MessageCard',
    '@context': 'https://schema.org/extensions',
    themeColor: colourOf(part),
    summary: inert(part.title),
    title: inert(said.title || part.title),
    text: paragraphs(said.text || part.description || part.summary),
    sections: [
      {
        facts: noticeFacts(part).map(([name, value]) => ({ name, value: inert(value) })),
        ...(part.members.length === 0 ? {} : { text: memberList(part) }),
      },
    ],
    potentialAction: linksOf(part).map(([name, uri]) => ({
      '@type': 'OpenUri',
      name,
      targets: [{ os: 'default', uri }],
    })),
  }));
}

/** What is left of a message that Teams refused: its first line. */
export function plainCard(message: TeamsMessage, gist: string): TeamsMessage {
  const text = inert(gist);
  if ('@type' in message) {
    return { '@type': 'MessageCard', '@context': 'https://schema.org/extensions', summary: text, text };
  }
  const body = [{ type: 'TextBlock', text, wrap: true }];
  return {
    type: 'message',
    attachments: [{ contentType: ADAPTIVE, contentUrl: null, content: { type: 'AdaptiveCard', version: '1.4', body } }],
  };
}

function fitting(
  notice: Notice,
  own: TeamsTexts,
  build: (notice: Notice, own: TeamsTexts) => TeamsMessage,
): TeamsMessage {
  const bare: Notice = { ...notice, members: [], notes: [] };
  const short: Notice = { ...bare, description: truncate(notice.description, 300), summary: '' };
  const versions: readonly (readonly [Notice, TeamsTexts])[] = [
    [notice, own],
    [bare, own],
    [short, { ...own, text: truncate(own.text, 3000) }],
  ];
  for (const [part, said] of versions) {
    const message = build(part, said);
    if (Buffer.byteLength(JSON.stringify(message)) <= LARGEST_TEAMS_BYTES) return message;
  }
  return build(
    { ...short, description: '', runbookUrl: '', dashboardUrl: '' },
    { title: truncate(own.title, 300), text: '' },
  );
}

function styleOf(notice: Notice): string {
  if (notice.phase === 'resolved') return 'good';
  if (isOver(notice)) return 'emphasis';
  return notice.phase === 'firing' && notice.priority === 'P1' ? 'attention' : 'warning';
}

function colourOf(notice: Notice): string {
  switch (styleOf(notice)) {
    case 'good':
      return '1A7F37';
    case 'attention':
      return 'C9252D';
    case 'warning':
      return 'D9730D';
    default:
      return '6E7781';
  }
}

function linksOf(notice: Notice): readonly (readonly [string, string])[] {
  const links: readonly (readonly [string, string])[] = [
    ['Runbook', notice.runbookUrl],
    ['Dashboard', notice.dashboardUrl],
  ];
  return links.filter(([, url]) => url !== '');
}

function memberList(notice: Notice): string {
  const more = notice.membersHidden > 0 ? [`and ${notice.membersHidden} more`] : [];
  return [...notice.members, ...more].map((member) => `- ${inert(member)}`).join('\n');
}

/** Markdown takes a single line break for a space. */
function paragraphs(text: string): string {
  return inert(text).replaceAll(/\n+/g, '\n\n');
}

/** Markdown and HTML of a value lose their power to link and to embed; it stays readable. */
function inert(text: string): string {
  return text
    .replaceAll('](', '] (')
    .replaceAll('<', '‹')
    .replaceAll(/!(?=\[)/g, '! ');
}

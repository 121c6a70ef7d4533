import { basicAuth, type HttpWay } from './http-way.ts';

export type TicketKind = 'github' | 'gitlab' | 'jira';

/** Where issues are opened. */
export interface TicketPlace {
  readonly kind: TicketKind;
  /** Without a final slash: `https://api.github.com`, `https://gitlab.example`, `https://example.atlassian.net`. */
  readonly url: string;
  /** `owner/name`, `group/project`, or Jira's project key. */
  readonly project: string;
  /** Jira Cloud: whose API token it is. Jira Data Center's personal tokens need none. */
  readonly user: string;
  readonly labels: readonly string[];
  /** Jira's issue type. */
  readonly issueType: string;
}

export interface Ticket {
  /** What the API calls it by: a number, or `ML-12`. */
  readonly id: string;
  readonly url: string;
}

export interface TicketCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** undefined for none. */
  readonly body?: unknown;
}

/** What one issue tracker wants to hear, and how it answers. Readers give undefined for what is not there. */
export interface TicketApi {
  headers(token: string): Pick<HttpWay, 'headers' | 'secrets'>;
  open(title: string, body: string, marker: string): TicketCall;
  opened(answer: unknown): Ticket | undefined;
  comment(id: string, body: string): TicketCall;
  /** Lists where an issue with this marker would stand if it had just been opened. */
  find(marker: string): TicketCall;
  found(answer: unknown, marker: string): Ticket | undefined;
}

export function ticketApi(place: TicketPlace): TicketApi {
  switch (place.kind) {
    case 'github':
      return github(place);
    case 'gitlab':
      return gitlab(place);
    case 'jira':
      return jira(place);
  }
}

/** The newest few: lists are up to date at once, where search indexes lag, and an answer is read up to 64 KiB. */
const NEWEST = 5;

/** https://docs.github.com/rest/issues, version 2022-11-28. */
function github({ project, labels }: TicketPlace): TicketApi {
  const issues = `/repos/${project.split('/').map(encodeURIComponent).join('/')}/issues`;
  const read = (answer: unknown) => ticketIn(answer, 'number', 'html_url');
  return {
    headers: (token) => ({
      headers: {
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        authorization: `Bearer ${token}`,
      },
      secrets: [token],
    }),
    open: (title, body, marker) => post(issues, { title, body: `${body}\n\n\`${marker}\``, labels }),
    opened: read,
    comment: (id, body) => post(`${issues}/${encodeURIComponent(id)}/comments`, { body }),
    find: () => get(`${issues}?state=all&sort=created&direction=desc&per_page=${NEWEST}`),
    found: (answer, marker) => read(list(answer).find((issue) => says(issue, 'body', marker))),
  };
}

/** https://docs.gitlab.com/api/issues/ */
function gitlab({ project, labels }: TicketPlace): TicketApi {
  const issues = `/api/v4/projects/${encodeURIComponent(project)}/issues`;
  const read = (answer: unknown) => ticketIn(answer, 'iid', 'web_url');
  return {
    headers: (token) => ({ headers: { 'private-token': token }, secrets: [token] }),
    open: (title, body, marker) =>
      post(issues, { title, description: `${body}\n\n\`${marker}\``, labels: labels.join(',') }),
    opened: read,
    comment: (id, body) => post(`${issues}/${encodeURIComponent(id)}/notes`, { body }),
    find: () => get(`${issues}?order_by=created_at&sort=desc&per_page=${NEWEST}`),
    found: (answer, marker) => read(list(answer).find((issue) => says(issue, 'description', marker))),
  };
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v2/: version 2 takes plain text. Cloud has a search of its own. */
function jira({ project, labels, issueType, url, user }: TicketPlace): TicketApi {
  const search = user === '' ? '/rest/api/2/search' : '/rest/api/2/search/jql';
  const read = (answer: unknown): Ticket | undefined => {
    const key = record(answer)['key'];
    return typeof key === 'string' && key !== '' ? { id: key, url: `${url}/browse/${key}` } : undefined;
  };
  return {
    headers: (token) =>
      user === '' ? { headers: { authorization: `Bearer ${token}` }, secrets: [token] } : basicAuth(user, token),
    open: (title, body, marker) =>
      post('/rest/api/2/issue', {
        fields: {
          project: { key: project },
          issuetype: { name: issueType },
          summary: title,
          description: body,
          labels: [...labels, labelOf(marker)],
        },
      }),
    opened: read,
    comment: (id, body) => post(`/rest/api/2/issue/${encodeURIComponent(id)}/comment`, { body }),
    find: (marker) => {
      const jql = `project = "${project.replaceAll(/["\\]/g, '')}" AND labels = "${labelOf(marker)}"`;
      return get(`${search}?${new URLSearchParams({ jql, fields: 'labels', maxResults: '1' }).toString()}`);
    },
    found: (answer) => read(list(record(answer)['issues'])[0]),
  };
}

/** Jira's labels hold no spaces. */
function labelOf(marker: string): string {
  return marker.replaceAll(/[^A-Za-z0-9_-]/g, '-');
}

function post(path: string, body: unknown): TicketCall {
  return { method: 'POST', path, body };
}

function get(path: string): TicketCall {
  return { method: 'GET', path };
}

function ticketIn(answer: unknown, idKey: string, urlKey: string): Ticket | undefined {
  const { [idKey]: id, [urlKey]: url } = record(answer);
  return typeof id === 'number' && typeof url === 'string' ? { id: String(id), url } : undefined;
}

function says(issue: unknown, key: string, marker: string): boolean {
  const text = record(issue)[key];
  return typeof text === 'string' && text.includes(`\`${marker}\``);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

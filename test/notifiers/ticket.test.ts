import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { CardState } from '../../src/incident/card.ts';
import { noticeOf } from '../../src/notifiers/notice.ts';
import { createTicket, type TicketConfig, ticketDraft } from '../../src/notifiers/ticket.ts';
import type { TicketKind } from '../../src/notifiers/ticket-api.ts';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqliteTicketBook } from '../../src/sqlite/ticket-store.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { firing, look, resolved } from '../slack/card-states.ts';
import { AT, entryOf } from './harness.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Issue {
  readonly id: number;
  readonly title: string;
  readonly text: string;
  readonly labels: unknown;
  readonly comments: string[];
}

interface Tracker {
  readonly url: string;
  readonly issues: Issue[];
  readonly calls: string[];
  readonly tokens: (string | undefined)[];
  /** Says no to the next call of this method. */
  refuse: { method: string; status: number; headers?: Record<string, string>; body?: string } | undefined;
  /** Opens the next issue and hangs up without an answer. */
  dropAnswer: boolean;
}

/** An issue tracker that stores, lists and comments in the words of the three APIs. */
async function tracker(): Promise<Tracker> {
  const state: Tracker = { url: '', issues: [], calls: [], tokens: [], refuse: undefined, dropAnswer: false };
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      state.calls.push(`${method} ${url.split('?')[0]}`);
      state.tokens.push(headers.authorization ?? (headers['private-token'] as string | undefined));
      if (state.refuse?.method === method) {
        response.writeHead(state.refuse.status, state.refuse.headers).end(state.refuse.body ?? '');
        return;
      }
      const answer = (body: unknown): void => void response.writeHead(201).end(JSON.stringify(body));
      const shown = (issue: Issue) => ({
        ...{ number: issue.id, iid: issue.id, key: `ML-${issue.id}`, body: issue.text, description: issue.text },
        html_url: `https://t.example/${issue.id}`,
        web_url: `https://t.example/${issue.id}`,
      });
      if (method === 'GET') {
        const { searchParams } = new URL(url, 'http://x');
        const jql = searchParams.get('jql');
        const label = /labels = "([^"]+)"/.exec(jql ?? '')?.[1];
        const found = state.issues.filter((one) => jql === null || (one.labels as string[]).includes(label ?? ''));
        const newest = found.toReversed().map(shown);
        answer(jql === null ? newest : { issues: newest });
        return;
      }
      const body = JSON.parse(text) as Record<string, unknown>;
      const comment = /\/(?:ML-)?(\d+)\/(?:comments?|notes)$/.exec(url);
      if (comment) {
        state.issues.find(({ id }) => id === Number(comment[1]))?.comments.push(String(body['body']));
        answer({ id: 1 });
        return;
      }
      const fields = (body['fields'] ?? body) as Record<string, unknown>;
      const issue: Issue = {
        id: state.issues.length + 1,
        title: String(fields['title'] ?? fields['summary']),
        text: String(fields['body'] ?? fields['description']),
        labels: fields['labels'],
        comments: [],
      };
      state.issues.push(issue);
      if (state.dropAnswer) request.socket.destroy();
      else answer(shown(issue));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(() => resolve())));
  return Object.assign(state, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

async function desk(kind: TicketKind, more: Partial<TicketConfig> = {}) {
  const at = await tracker();
  const db = new Db(':memory:');
  migrate(db, stateMigrations);
  const config: TicketConfig = {
    kind,
    url: at.url,
    project: kind === 'jira' ? 'ML' : 'acme/ml-models',
    user: '',
    labels: ['alert'],
    issueType: 'Task',
    token: { kind: 'inline', value: 'tok-0123456789' },
    ...more,
  };
  const notifier = createTicket({
    config: () => config,
    secret: (source) => (source.kind === 'inline' ? source.value : ''),
    book: new SqliteTicketBook(db),
    wire: new ManualClock(AT),
  });
  const send = (act: 'open' | 'comment', state: CardState = firing, ambiguous = false) =>
    notifier.send(
      entryOf(ticketDraft(act, noticeOf(state, look), { priority: 'P2', causedAt: AT }), { ambiguous }),
      new AbortController().signal,
    );
  return { at, send };
}

const KINDS = ['github', 'gitlab', 'jira'] as const;

describe.each(KINDS)('a ticket at %s', (kind) => {
  it('is opened once for an incident, with everything a person needs, and hears of the end', async () => {
    const { at, send } = await desk(kind);
    expect(await send('open')).toMatchObject({ kind: 'sent' });
    expect(await send('open')).toMatchObject({ kind: 'sent', detail: 'open already' });
    expect(at.issues).toHaveLength(1);
    const [issue] = at.issues;
    expect(issue?.title).toContain('fraud-detector: p99 latency 412 ms > 200 ms');
    for (const words of [
      'ModelLatencyP99High',
      'P1',
      '412 ms > 200 ms',
      'Asha told 03:04 IST',
      '▁',
      'model-latency-high',
      'grafana.internal',
      'inc_7f3a9c21',
    ])
      expect(issue?.text).toContain(words);
    expect(await send('comment', resolved)).toMatchObject({ kind: 'sent' });
    expect(issue?.comments).toEqual([expect.stringMatching(/Resolved after \d+ min/)]);
  });

  it('is looked for before it is opened again, where the answer was lost', async () => {
    const { at, send } = await desk(kind);
    at.dropAnswer = true;
    expect(await send('open')).toMatchObject({ kind: 'retry', ambiguous: true });
    at.dropAnswer = false;
    expect(await send('open', firing, true)).toMatchObject({
      kind: 'sent',
      detail: expect.stringContaining('adopted'),
    });
    expect(at.issues).toHaveLength(1);
    await send('comment', resolved);
    expect(at.issues[0]?.comments).toHaveLength(1);
  });

  it('does not take another incident’s issue for its own', async () => {
    const { at, send } = await desk(kind);
    await send('open', { ...firing, incidentId: 'inc_7f3a9c2' });
    expect(await send('open', firing, true)).toMatchObject({ kind: 'sent' });
    expect(at.issues).toHaveLength(2);
  });

  it('waits where the search fails: rather late than twice', async () => {
    const { at, send } = await desk(kind);
    at.refuse = { method: 'GET', status: 503 };
    expect(await send('open', firing, true)).toMatchObject({ kind: 'retry' });
    expect(at.issues).toEqual([]);
  });

  it.each([
    [401, { kind: 'rejected', scope: 'credentials' }],
    [403, { kind: 'rejected', scope: 'destination' }],
    [404, { kind: 'rejected', scope: 'destination' }],
    [422, { kind: 'rejected', scope: 'content' }],
    [429, { kind: 'retry' }],
    [500, { kind: 'retry' }],
  ] as const)('HTTP %i is read as what it is', async (status, result) => {
    const { at, send } = await desk(kind);
    at.refuse = { method: 'POST', status, body: 'tok-0123456789 refused' };
    const answer = await send('open');
    expect(answer).toMatchObject(result);
    expect(JSON.stringify(answer)).not.toContain('tok-0123456789');
  });

  it('mentions nobody and gives no orders, whatever a label says', async () => {
    const { at, send } = await desk(kind);
    const evil = '/close\n@everyone closes #1 [x](http://evil.example) [~admin] <img src=x>';
    await send('open', { ...firing, alertName: evil, model: evil, summary: evil, description: evil });
    const text = `${at.issues[0]?.title}\n${at.issues[0]?.text}`;
    expect(text).not.toMatch(/^\/close|@everyone|#1\b|\]\(http|\[~|<img/m);
  });
});

describe('tickets', () => {
  it('log in as each tracker wants it', async () => {
    const tokens: (string | undefined)[] = [];
    for (const [kind, user] of [
      ['github', ''],
      ['gitlab', ''],
      ['jira', ''],
      ['jira', 'bot@example.com'],
    ] as const) {
      const { at, send } = await desk(kind, { user });
      await send('open');
      tokens.push(at.tokens[0]);
    }
    const pair = Buffer.from('bot@example.com:tok-0123456789').toString('base64');
    expect(tokens).toEqual(['Bearer tok-0123456789', 'tok-0123456789', 'Bearer tok-0123456789', `Basic ${pair}`]);
  });

  it('obey GitHub’s 403 for those who are too fast', async () => {
    const { at, send } = await desk('github');
    at.refuse = { method: 'POST', status: 403, headers: { 'retry-after': '30' } };
    expect(await send('open')).toMatchObject({ kind: 'retry', afterMs: 30_000 });
    at.refuse = { method: 'POST', status: 403, headers: { 'x-ratelimit-remaining': '0' } };
    expect(await send('open')).toMatchObject({ kind: 'retry', afterMs: 60_000 });
  });

  it('have nothing to say where no issue was opened', async () => {
    const { at, send } = await desk('github');
    expect(await send('comment', resolved)).toMatchObject({ kind: 'sent' });
    expect(at.calls).toEqual([]);
  });
});

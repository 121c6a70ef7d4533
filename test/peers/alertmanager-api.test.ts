import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { peer } from '../support/peer.ts';
import { ended, freePort, type Served, serve } from '../support/serve.ts';

const ALERTMANAGER = '/usr/bin/prometheus-alertmanager';
const ROUTING = `
global: { resolve_timeout: 5m }
route:
  receiver: team
  group_by: [alertname]
  group_wait: 1s
  group_interval: 2s
  routes:
  - { matchers: ['severity="critical"'], receiver: pager, continue: true }
  - { matchers: ['severity="critical"'], receiver: team, group_by: [alertname, model] }
inhibit_rules: [{ source_matchers: ['alertname="Down"'], target_matchers: ['alertname="Slow"'], equal: [model] }]
receivers: [{ name: team }, { name: pager }]
`;

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly type?: string;
}

const get = (path: string): Request => ({ method: 'GET', path });
const post = (path: string, body: unknown, type = 'application/json'): Request => ({
  method: 'POST',
  path,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  type,
});
const iso = (ms: number): string => new Date(ms).toISOString();
const HOUR = 3_600_000;

function alerts(now: number): Request[] {
  const post1 = (body: unknown): Request => post('/alerts', body);
  const far = iso(now + 10 * HOUR);
  return [
    get('/alerts'),
    get('/alerts/groups'),
    post1([
      {
        labels: { alertname: 'Down', model: 'a' },
        startsAt: iso(now - HOUR),
        endsAt: far,
        annotations: { summary: 's' },
      },
      {
        labels: { alertname: 'Slow', model: 'a', severity: 'critical' },
        startsAt: iso(now - HOUR),
        endsAt: far,
        generatorURL: 'http://x/y?z=1',
      },
      { labels: { alertname: 'Slow', model: 'b', severity: 'critical' }, startsAt: iso(now - HOUR), endsAt: far },
      {
        labels: { alertname: 'Slow', model: 'b', job: 'z', instance: '1', extra: 'x' },
        startsAt: iso(now - HOUR),
        endsAt: far,
      },
      { labels: { alertname: 'Gone' }, startsAt: iso(now - HOUR), endsAt: iso(now - 1000) },
      { labels: { model: 'nameless', empty: '' }, startsAt: iso(now - HOUR), endsAt: far },
      { labels: { constructor: 'x', __proto__x: 'y' }, startsAt: '2026-01-02T03:04:05.678901Z', endsAt: far },
      { labels: { alertname: 'Zone' }, startsAt: '2020-01-01T00:00:00', endsAt: far },
      { labels: { alertname: 'OnlyEnd' }, endsAt: far },
    ]),
    // Again, with an earlier start, a later end, another text.
    post1([
      {
        labels: { alertname: 'Down', model: 'a' },
        startsAt: iso(now - 2 * HOUR),
        endsAt: iso(now + 11 * HOUR),
        annotations: { summary: 't' },
      },
    ]),
    post1('[{"labels":{"__proto__":"p","a":"b"},"startsAt":"2026-01-01T00:00:00Z","endsAt":"2099-01-01T00:00:00Z"}]'),
    ...[
      '[]',
      'null',
      '',
      '{}',
      '[{]',
      '[{}]',
      '[{"labels":null}]',
      '[{"labels":{"a":1}}]',
      '[{"labels":{"a":true}}]',
      '"x"',
    ].map(post1),
    post1([{ labels: {} }]),
    post1([{ labels: { a: '' } }]),
    post1('[{"labels":{"a":null}}]'),
    post1([{ labels: { a: 'x' }, startsAt: 'foo' }]),
    post1([{ labels: { a: 'x' }, startsAt: '2030-01-01' }]),
    post1([{ labels: { a: 'x' }, startsAt: '2026-02-30T00:00:00Z' }]),
    post1([{ labels: { a: 'x' }, startsAt: iso(now), endsAt: iso(now - HOUR) }]),
    post1([{ labels: { a: 'x' }, generatorURL: 'not one' }]),
    post1([
      { labels: {} },
      { labels: { a: '' } },
      { labels: { alertname: 'AmongBad' }, startsAt: iso(now - HOUR), endsAt: far },
    ]),
    post('/alerts', '[]', 'text/plain'),
    post('/alerts', '[]', 'application/json; charset=utf-8'),
    { method: 'PUT', path: '/alerts', body: '[]', type: 'application/json' },
    { method: 'DELETE', path: '/alerts' },
    get('/nothing'),
    get('/receivers'),
    get('/alerts'),
    get('/alerts/groups'),
  ];
}

function queries(): Request[] {
  const filters = [
    'alertname="Slow"',
    'alertname=~"S.*"',
    'alertname!="Slow"',
    'alertname!~"S.*|D.*"',
    'model=""',
    'model!=""',
    'nope="x"',
    'a=b',
  ];
  const others = [
    'active=false',
    'silenced=false',
    'inhibited=false',
    'unprocessed=false',
    'active=foo',
    'active=',
    'receiver=pager',
    'receiver=pag',
    'receiver=p.*%7Ct.*',
    'silenced=false&inhibited=false&active=false',
  ];
  const all = [
    ...filters.map((filter) => `filter=${encodeURIComponent(filter)}`),
    'filter=alertname%3DSlow&filter=model%3Db',
    ...others,
  ];
  return all.flatMap((query) => [
    get(`/alerts?${query}`),
    ...(query.startsWith('unprocessed') ? [] : [get(`/alerts/groups?${query}`)]),
  ]);
}

const BAD_FILTERS = ['filter=', 'filter=%22', 'filter=a%3D~(', 'filter=bad', 'receiver=('];

function silences(now: number): Request[] {
  const draft = (more: object): unknown => ({
    matchers: [{ name: 'alertname', value: 'Slow', isRegex: false }],
    startsAt: iso(now - 1000),
    endsAt: iso(now + HOUR),
    createdBy: 'asha',
    comment: 'known',
    ...more,
  });
  const make = (more: object): Request => post('/silences', draft(more));
  return [
    get('/silences'),
    make({
      matchers: [
        { name: 'alertname', value: 'Slow', isRegex: false },
        { name: 'model', value: 'a|c', isRegex: true, isEqual: false },
      ],
    }),
    make({ startsAt: iso(now + HOUR), endsAt: iso(now + 2 * HOUR), comment: '', createdBy: '' }),
    make({ endsAt: iso(now + 3 * HOUR) }),
    ...['{}', '[]', '', '{'].map((body) => post('/silences', body)),
    make({ createdBy: undefined }),
    make({ matchers: [] }),
    make({ matchers: [{ name: 'a', value: 'b' }] }),
    make({ matchers: [{ name: 'a', value: '', isRegex: false }] }),
    make({ matchers: [{ name: 'a', value: '.*', isRegex: true }] }),
    make({ matchers: [{ name: 'a', value: 'x', isRegex: false, isEqual: false }], endsAt: iso(now + 4 * HOUR) }),
    make({ comment: 5 }),
    make({ endsAt: 'soon' }),
    make({ startsAt: iso(now + 2000), endsAt: iso(now + 1000) }),
    make({ startsAt: iso(now - 2000), endsAt: iso(now - 1000) }),
    make({ id: '6dc9f6a0-0e43-4b1e-a41c-b0b6a7c02c5a' }),
    make({ id: 'nope' }),
    get('/silence/6dc9f6a0-0e43-4b1e-a41c-b0b6a7c02c5b'),
    get('/silence/nope'),
    { method: 'DELETE', path: '/silence/nope' },
    { method: 'DELETE', path: '/silence/6dc9f6a0-0e43-4b1e-a41c-b0b6a7c02c5b' },
    { method: 'PUT', path: '/silences', body: '{}', type: 'application/json' },
    get('/silences'),
    get('/silences?filter=alertname%3D%22Slow%22'),
    get('/silences?filter=alertname%3D~%22Sl.*%22'),
    get('/silences?filter=model%3D%22%22'),
    get('/silences?filter='),
    get('/alerts'),
    get('/alerts?silenced=false'),
    get('/alerts/groups'),
  ];
}

describe.runIf(peer(ALERTMANAGER))('the API beside a real Alertmanager', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-am-api-'));
  let alertmanager: ChildProcess;
  let theirs = '';
  let ours = '';
  let served: Served;

  beforeAll(async () => {
    writeFileSync(join(folder, 'alertmanager.yml'), ROUTING);
    const port = await freePort();
    theirs = `http://127.0.0.1:${port}/api/v2`;
    const args = [
      '--config.file=alertmanager.yml',
      '--storage.path=data',
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ];
    alertmanager = spawn(ALERTMANAGER, args, { cwd: folder, stdio: 'ignore' });
    served = await serve(folder, { http: { listen: '127.0.0.1:0' }, alertmanager_config: 'alertmanager.yml' });
    ours = `${served.url}/api/v2`;
    await vi.waitUntil(async () => (await fetch(`${theirs}/status`).catch(() => undefined))?.ok, { timeout: 10_000 });
  }, 60_000);

  afterAll(async () => {
    if (alertmanager) await ended(alertmanager, 'SIGTERM');
    await served?.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  const ids = new Map<string, string>();

  /**
   * Status and body, without what two programs cannot have in common: ids, the moment of writing, the words of their parsers; and
   * without the order of methods, which Alertmanager draws by lot. One difference is left out of the requests: Alertmanager shows a
   * time in the sender's offset, we in UTC.
   */
  async function answer(base: string, { method, path, body, type }: Request): Promise<string> {
    const init = { method, ...(body !== undefined && { body, headers: { 'content-type': type ?? '' } }) };
    const response = await fetch(base + path, init);
    const text = (await response.text())
      .replace(/,"mutedBy":\[\]/g, '')
      .replace(/"updatedAt":"[^"]+"/g, '"updatedAt":"T"')
      .replace('[POST,GET]', '[GET,POST]')
      .replace(/(body from \\"\\" failed, because ).*(")/, '$1…$2')
      .replace(
        /(error parsing regexp|bad matcher format|failed to parse receiver param|regular expression|unexpected|expected).*"/,
        '…"',
      );
    const renamed = text.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
      const known = ids.get(id);
      if (known !== undefined) return known;
      const name = `${base === ours ? 'ours' : 'theirs'}-${[...ids.values()].filter((v) => v.startsWith(base === ours ? 'ours' : 'theirs')).length}`;
      ids.set(id, name);
      return name;
    });
    // Listed in order of ids, which each makes at random.
    const sorted = renamed
      .replace(/(?:ours|theirs)-/g, 'id-')
      .replace(/(?<="silencedBy":\[)[^\]]*/g, (list) => list.split(',').sort().join(','));
    return `${response.status} ${sorted}`.trimEnd();
  }

  /** A silence begins when it is made, which is not the same instant in both. */
  const withoutStart = (text: string): string => text.replace(/"startsAt":"[^"]+"\}/g, '"startsAt":"T"}');

  async function compare(
    requests: readonly Request[],
    shown: (text: string) => string = (text) => text,
  ): Promise<void> {
    for (const request of requests) {
      const name = `${request.method} ${request.path} ${request.body ?? ''}`;
      expect([name, shown(await answer(ours, request))]).toEqual([name, shown(await answer(theirs, request))]);
    }
  }

  it('takes and shows alerts alike, and refuses the same bodies in the same words', async () => {
    await compare(alerts(Date.now()));
  });

  it('filters alike', async () => {
    await compare(queries());
    await compare(
      BAD_FILTERS.map((query) => get(`/alerts?${query}`)),
      (text) => text.slice(0, 3),
    );
  });

  it('makes, refuses and shows silences alike', async () => {
    await compare(silences(Date.now()), withoutStart);
  });
});

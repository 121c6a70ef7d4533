import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuth } from '../../src/api/auth.ts';
import { prometheusRoutes } from '../../src/api/prometheus/routes.ts';
import { type Server, startServer } from '../../src/api/server.ts';
import { createLocalObserver, type LocalObserver } from '../../src/observer/local.ts';
import { advance } from '../../src/time/loop.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';

const START = Date.UTC(2026, 10, 16, 10);
const PAGE = `# HELP ml_latency_seconds How long it took.
# TYPE ml_latency_seconds gauge
ml_latency_seconds{model="a"} 0.5
ml_latency_seconds{model="b"} 2
ml_latency_seconds{model="c","größe"="x"} NaN
# TYPE ml_predictions_total counter
ml_predictions_total{model="a"} 10
`;
const RULES = `
groups:
- name: latency
  interval: 15s
  limit: 10
  rules:
  - { alert: Slow, expr: ml_latency_seconds > 1, for: 30s, labels: { severity: page }, annotations: { summary: 'at {{ $value }}' } }
  - { record: 'job:latency:max', expr: max by (job) (ml_latency_seconds), labels: { team: ml } }
- { name: other, rules: [{ alert: Never, expr: vector(0) > 1 }] }
`;

interface Stand {
  readonly observer: LocalObserver;
  readonly server: Server;
  readonly ask: (path: string, init?: RequestInit) => Promise<{ status: number; body: Body }>;
}
/** As far as the tests look into it; a field that is not there is a failing test. */
interface Data extends ReadonlyArray<unknown> {
  readonly resultType: string;
  readonly result: readonly unknown[];
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly { readonly name: string; readonly alerts: unknown }[];
  }[];
  readonly alerts: unknown;
  readonly activeTargets: unknown;
  readonly droppedTargets: unknown;
}

interface Body {
  readonly status: string;
  readonly data: Data;
  readonly error?: string;
  readonly errorType?: string;
  readonly warnings?: string[];
}

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A target that is scraped each 15 s for two minutes, and rules over it. */
async function open(): Promise<Stand> {
  const target = createServer((_request, response) => response.setHeader('content-type', 'text/plain').end(PAGE));
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(target.address() as AddressInfo).port}`;
  const clock = new ManualClock(START);
  const observer = createLocalObserver({
    settings: {
      database: ':memory:',
      scrape: {
        file: 'watchroom.yml',
        value: {
          global: { scrape_interval: '15s', evaluation_interval: '15s' },
          scrape_configs: [
            {
              job_name: 'models',
              static_configs: [{ targets: [address] }, { targets: ['gone:1'], labels: { drop: 'me' } }],
              relabel_configs: [
                { source_labels: ['drop'], regex: 'me', action: 'drop' },
                { target_label: 'instance', replacement: 'here' },
              ],
            },
          ],
        },
      },
      baseDir: '.',
      ruleFiles: [{ path: 'latency.rules.yml', text: RULES }],
      externalUrl: 'http://127.0.0.1:9095',
      retentionMs: undefined,
    },
    clock,
    wire: clock,
    deterministic: true,
    log: () => undefined,
  });
  await advance(clock, observer.jobs, START + 120_000);
  const auth = createAuth({ host: '127.0.0.1', tokens: [], anonymous: false });
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    hosts: [],
    auth: () => auth,
    onError: (error) => {
      throw error;
    },
    routes: [prometheusRoutes({ observer, now: () => clock.now(), version: 'test' })],
  });
  closing.push(
    () => void target.close(),
    () => observer.close(),
    () => server.close(),
  );
  return {
    observer,
    server,
    ask: async (path, init) => {
      const response = await fetch(`${server.url}/api/v1${path}`, init);
      return { status: response.status, body: (await response.json()) as Body };
    },
  };
}

const form = (fields: Record<string, string>): RequestInit => ({ method: 'POST', body: new URLSearchParams(fields) });

describe("Prometheus' API", () => {
  it('answers instant queries, by GET and by a posted form, now or at a time', async () => {
    const { ask } = await open();
    const expected = {
      status: 'success',
      data: {
        resultType: 'vector',
        result: [
          {
            metric: { __name__: 'ml_latency_seconds', instance: 'here', job: 'models', model: 'b' },
            value: [START / 1000 + 120, '2'],
          },
        ],
      },
    };
    expect((await ask('/query?query=ml_latency_seconds%20%3E%201')).body).toEqual(expected);
    expect((await ask('/query', form({ query: 'ml_latency_seconds > 1' }))).body).toEqual(expected);
    expect((await ask(`/query?query=time()&time=${START / 1000}`)).body.data.result).toEqual([
      START / 1000,
      String(START / 1000),
    ]);
    expect((await ask('/query?query=time()&time=2026-11-16T15:30:00%2B05:30')).body.data.result[1]).toBe(
      String(START / 1000),
    );
    expect((await ask('/query?query=%22a%22')).body.data.resultType).toBe('string');
    expect((await ask('/query?query=ml_latency_seconds{model=%22c%22}')).body.data.result[0]).toMatchObject({
      value: [START / 1000 + 120, 'NaN'],
    });
  });

  it('answers range queries with a point for each step', async () => {
    const { ask } = await open();
    const range = `start=${START / 1000 + 60}&end=${START / 1000 + 120}`;
    for (const step of ['30', '30s', '0.5m', '3e1']) {
      const { status, body } = await ask(`/query_range?query=sum(ml_predictions_total)&${range}&step=${step}`);
      if (step === '0.5m') {
        expect(status).toBe(400);
        continue;
      }
      expect(body.data).toEqual({
        resultType: 'matrix',
        result: [{ metric: {}, values: [60, 90, 120].map((s) => [START / 1000 + s, '10']) }],
      });
    }
  });

  it.each([
    ['/query', 'bad_data', 'invalid parameter "query": 1:1: parse error: no expression found in input'],
    ['/query?query=up{', 'bad_data', expect.stringContaining('invalid parameter "query": 1:4: parse error')],
    [
      '/query?query=up&time=foo',
      'bad_data',
      `invalid parameter "time": Invalid time value for 'time': cannot parse "foo" to a valid timestamp`,
    ],
    ['/query?query=up&time=1e400', 'bad_data', expect.stringContaining('cannot parse')],
    ['/query?query=up&timeout=foo', 'bad_data', 'invalid parameter "timeout": cannot parse "foo" to a valid duration'],
    ['/query?query=up&limit=-1', 'bad_data', 'limit must be a number'],
    ['/query_range?query=up', 'bad_data', 'invalid parameter "start": cannot parse "" to a valid timestamp'],
    [
      '/query_range?query=up&start=2&end=1&step=1',
      'bad_data',
      'invalid parameter "end": end timestamp must not be before start time',
    ],
    [
      '/query_range?query=up&start=1&end=2&step=0',
      'bad_data',
      expect.stringContaining('zero or negative query resolution step'),
    ],
    [
      '/query_range?query=up&start=1&end=2&step=-5',
      'bad_data',
      expect.stringContaining('zero or negative query resolution step'),
    ],
    [
      '/query_range?query=up&start=1&end=2&step=foo',
      'bad_data',
      'invalid parameter "step": cannot parse "foo" to a valid duration',
    ],
    [
      '/query_range?query=up&start=1&end=200000000&step=1',
      'bad_data',
      expect.stringContaining('exceeded maximum resolution of 11,000 points'),
    ],
    ['/series', 'bad_data', 'no match[] parameter provided'],
    ['/series?match[]={}', 'bad_data', expect.stringContaining('at least one non-empty matcher')],
    ['/series?match[]=sum(up)', 'bad_data', expect.stringContaining('invalid parameter "match[]"')],
    ['/series?match[]=up[5m]', 'bad_data', expect.stringContaining('invalid parameter "match[]"')],
    ['/labels?start=foo', 'bad_data', expect.stringContaining('Invalid time value')],
    ['/metadata?limit=foo', 'bad_data', 'limit must be a number'],
    ['/rules?type=foo', 'bad_data', 'invalid parameter "type": not supported value "foo"'],
  ])("refuses %s in Prometheus' words", async (path, errorType, error) => {
    const { ask } = await open();
    expect(await ask(path)).toEqual({ status: 400, body: { status: 'error', errorType, error } });
  });

  it('tells an expression that does not fit the data (422) from one that cannot be read (400)', async () => {
    const { ask } = await open();
    const many = await ask('/query?query=ml_latency_seconds%20*%20on(job)%20ml_latency_seconds');
    expect([many.status, many.body.errorType]).toEqual([422, 'execution']);
  });

  it('says what there is: series, labels, values, by selector and within limits', async () => {
    const { ask } = await open();
    const series = await ask(
      '/series?match[]=ml_predictions_total&match[]={model=%22a%22,__name__=%22ml_latency_seconds%22}',
    );
    expect(series.body.data).toEqual([
      { __name__: 'ml_latency_seconds', instance: 'here', job: 'models', model: 'a' },
      { __name__: 'ml_predictions_total', instance: 'here', job: 'models', model: 'a' },
    ]);
    expect((await ask('/series', form({ 'match[]': 'ml_predictions_total' }))).body.data).toHaveLength(1);
    expect((await ask('/labels?match[]=ml_latency_seconds')).body.data).toEqual([
      '__name__',
      'größe',
      'instance',
      'job',
      'model',
    ]);
    expect((await ask('/label/model/values')).body.data).toEqual(['a', 'b', 'c']);
    expect((await ask('/label/model/values?match[]=ml_predictions_total')).body.data).toEqual(['a']);
    expect((await ask(`/label/${encodeURIComponent('größe')}/values`)).body.data).toEqual(['x']);
    expect((await ask('/label/U__gr_f6__df_e/values')).body.data).toEqual(['x']);
    expect((await ask('/label/model/values?limit=2')).body).toEqual({
      status: 'success',
      data: ['a', 'b'],
      warnings: ['results truncated due to limit'],
    });
    expect((await ask(`/label/model/values?end=${START / 1000 - 3600}`)).body.data).toEqual([]);
    expect((await ask('/query?query=ml_latency_seconds&limit=1')).body).toMatchObject({
      data: { result: [expect.anything()] },
      warnings: ['results truncated due to limit'],
    });
  });

  it('says what metrics mean', async () => {
    const { ask } = await open();
    expect((await ask('/metadata')).body.data).toEqual({
      ml_latency_seconds: [{ type: 'gauge', help: 'How long it took.', unit: '' }],
      ml_predictions_total: [{ type: 'counter', help: '', unit: '' }],
    });
    expect(Object.keys((await ask('/metadata?limit=1')).body.data as object)).toEqual(['ml_latency_seconds']);
    expect((await ask('/metadata?metric=nope')).body.data).toEqual({});
  });

  it('shows rules with their instances as Prometheus does', async () => {
    const { ask } = await open();
    const { groups } = (await ask('/rules')).body.data;
    expect(groups.map((group) => group.name)).toEqual(['latency', 'other']);
    expect(groups[0]).toMatchObject({ file: 'latency.rules.yml', interval: 15, limit: 10 });
    expect(groups[0]?.rules[0]).toMatchObject({
      type: 'alerting',
      state: 'firing',
      name: 'Slow',
      query: 'ml_latency_seconds > 1',
      duration: 30,
      keepFiringFor: 0,
      labels: { severity: 'page' },
      annotations: { summary: 'at {{ $value }}' },
      health: 'ok',
      alerts: [
        {
          labels: { alertname: 'Slow', instance: 'here', job: 'models', model: 'b', severity: 'page' },
          annotations: { summary: 'at 2' },
          state: 'firing',
          value: '2e+00',
        },
      ],
    });
    expect(groups[0]?.rules[1]).toMatchObject({
      type: 'recording',
      name: 'job:latency:max',
      labels: { team: 'ml' },
      health: 'ok',
    });
    expect(groups[0]?.rules[1]).not.toHaveProperty('state');
    expect((await ask('/alerts')).body.data.alerts).toEqual(groups[0]?.rules[0]?.alerts);
    const names = async (query: string) =>
      (await ask(`/rules?${query}`)).body.data.groups.flatMap((group) => group.rules.map((rule) => rule.name));
    expect(await names('type=record')).toEqual(['job:latency:max']);
    expect(await names('rule_group[]=other')).toEqual(['Never']);
    expect(await names('rule_name[]=Slow&rule_name[]=Never')).toEqual(['Slow', 'Never']);
    expect(await names('file[]=nope')).toEqual([]);
  });

  it('shows targets, the dropped ones apart', async () => {
    const { ask } = await open();
    const { activeTargets, droppedTargets } = (await ask('/targets')).body.data;
    expect(activeTargets).toMatchObject([
      {
        scrapePool: 'models',
        health: 'up',
        lastError: '',
        scrapeInterval: '15s',
        labels: { instance: 'here', job: 'models' },
      },
    ]);
    expect(droppedTargets).toMatchObject([{ discoveredLabels: { __address__: 'gone:1' } }]);
    expect((await ask('/targets?state=active')).body.data.droppedTargets).toEqual([]);
    expect((await ask('/targets?state=dropped')).body.data.activeTargets).toEqual([]);
  });

  it('answers the questions that Grafana asks of a data source', async () => {
    const { ask } = await open();
    expect((await ask('/status/buildinfo')).body.data).toMatchObject({ version: '2.42.0', revision: 'watchroom test' });
    expect((await ask('/query', form({ query: '1+1', time: '1763600000' }))).body.data.result).toEqual([
      1763600000,
      '2',
    ]);
    expect((await ask('/query_exemplars', form({ query: 'up', start: '1', end: '2' }))).body.data).toEqual([]);
    expect((await ask('/nope')).body).toMatchObject({ status: 'error', errorType: 'not_found' });
    const wrong = await ask('/query?query=up', { method: 'DELETE' });
    expect([wrong.status, wrong.body.status]).toEqual([405, 'error']);
  });
});

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Labels } from '../../src/labels/labels.ts';
import { Engine } from '../../src/promql/engine.ts';
import { parseExpr } from '../../src/promql/parser.ts';
import { Head } from '../../src/tsdb/head.ts';

const REQUIRED = process.env['WATCHROOM_REQUIRE_PEERS'] === '1';
const installed = ['prometheus', 'promtool'].every((name) => spawnSync(name, ['--version']).status === 0);
if (!installed && !REQUIRED) console.warn('SKIPPED: prometheus and promtool are not installed');

const T0 = 1_790_000_000_000;
const STEP = 15_000;
const STEPS = 4 * 240;
/** Off every sample and step: this Prometheus still counts a sample at a range's left end, we as Prometheus 3 do not. */
const AT = [T0 + 3_000_123, T0 + 7_777_777, T0 + 12_345_678, T0 + STEPS * STEP + 100_123];

/** A deterministic sequence of numbers in [0, 1). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Line {
  readonly labels: Labels;
  readonly values: readonly (number | undefined)[];
}

/** Counters with resets, buckets, gauges with gaps, NaN and infinities. Counters start high: near zero, 2.x extrapolates otherwise. */
function makeData(): Line[] {
  const random = sequence(7);
  const lines: Line[] = [];
  const add = (name: string, labels: Record<string, string>, value: (i: number) => number | undefined): void => {
    lines.push({
      labels: Labels.of({ __name__: name, ...labels }),
      values: Array.from({ length: STEPS }, (_, i) => value(i)),
    });
  };
  for (const model_name of ['fraud', 'churn', 'rank']) {
    for (const env of ['prod', 'staging']) {
      const labels = { model_name, env, job: 'model-server' };
      const reset = 100 + Math.floor(random() * 700);
      let predictions = 1e6;
      add('ml_predictions_total', labels, (i) => {
        if (i === reset) predictions = 5e5;
        return (predictions += Math.floor(random() * 50));
      });
      let errors = 1e5;
      add('ml_prediction_errors_total', labels, () => (errors += random() < 0.1 ? 1 : 0));
      const counts = [1e5, 2e5, 3e5, 3.1e5];
      for (const [b, le] of ['0.05', '0.1', '0.5', '+Inf'].entries()) {
        let count = counts[b] ?? 0;
        add('ml_prediction_duration_seconds_bucket', { ...labels, le }, () => (count += (b + 1) * 3));
      }
      add('ml_prediction_psi_score', { model_name, env, job: 'drift-detector' }, (i) =>
        random() < 0.02 ? undefined : i % 97 === 0 ? Number.NaN : random() * 0.3,
      );
      add(
        'ml_feature_null_rate',
        { model_name, env, job: 'feature-store', feature_name: `f${Math.floor(random() * 3)}` },
        (i) => (i > 300 && i < 330 ? undefined : Math.round(random() * 1000) / 10_000 + (i > 900 ? 0.2 : 0)),
      );
      add('load', { model_name, env }, (i) => (i % 211 === 0 ? Number.POSITIVE_INFINITY : 10 - random() * 20));
    }
  }
  return lines;
}

function openMetrics(lines: readonly Line[]): string {
  const byName = new Map<string, Line[]>();
  for (const line of lines) {
    const name = line.labels.get('__name__');
    byName.set(name, [...(byName.get(name) ?? []), line]);
  }
  let text = '';
  for (const [name, series] of byName) {
    text += `# TYPE ${name} unknown\n`;
    for (const { labels, values } of series) {
      const own = labels.without('__name__').toString().replaceAll(', ', ',');
      for (const [i, v] of values.entries()) {
        if (v !== undefined)
          text += `${name}${own} ${v === Number.POSITIVE_INFINITY ? '+Inf' : v} ${(T0 + i * STEP) / 1000}\n`;
      }
    }
  }
  return `${text}# EOF\n`;
}

/** Expressions put together at random from what alerting uses. */
function makeExpressions(count: number): string[] {
  const random = sequence(42);
  const pick = (...options: readonly string[]): string => options[Math.floor(random() * options.length)] ?? '';
  const counter = (): string =>
    pick('ml_predictions_total', 'ml_prediction_errors_total', 'ml_prediction_duration_seconds_bucket{le="0.1"}');
  const gauge = (): string =>
    pick('ml_prediction_psi_score', 'ml_feature_null_rate', 'load', 'load{env=~"prod|x"}', 'load{model_name!="rank"}');
  const range = (): string => pick('1m', '5m', '37m', '2h');
  const shift = (): string => pick('', '', '', ' offset 7m', ' offset -3m', ` @ ${(T0 + 5_000_321) / 1000}`);
  const overTime = (): string => pick('sum', 'avg', 'min', 'max', 'count', 'stddev', 'stdvar', 'last', 'present');
  const grouping = (): string => pick('', ' by (env)', ' by (model_name, env)', ' without (env, le)');
  const leaf = (): string =>
    pick(
      `${gauge()}${shift()}`,
      `${pick('rate', 'increase', 'irate', 'resets', 'delta', 'idelta', 'changes')}(${counter()}[${range()}]${shift()})`,
      `${overTime()}_over_time(${gauge()}[${range()}]${shift()})`,
      `quantile_over_time(${pick('0.1', '0.5', '0.99', '0.75')}, ${gauge()}[${range()}])`,
      `${pick('deriv', 'changes', 'idelta')}(ml_feature_null_rate[${range()}])`,
      `predict_linear(ml_feature_null_rate[${range()}], 3600)`,
      `holt_winters(ml_feature_null_rate[5m], 0.3, 0.2)`,
      `${overTime()}_over_time(rate(${counter()}[5m])[${range()}:${pick('', '1m', '45s')}]${shift()})`,
      `histogram_quantile(${pick('0.5', '0.9', '0.99')}, rate(ml_prediction_duration_seconds_bucket[${range()}]))`,
      `histogram_quantile(0.9, sum by (le${pick('', ', env')}) (rate(ml_prediction_duration_seconds_bucket[5m])))`,
      `absent(${pick('nothing{a="b"}', 'load')})`,
      `label_replace(${gauge()}, "dst", "$1-$2", "model_name", "(.)(.*)")`,
    );
  const aggregation = (inner: string): string =>
    pick(
      `${pick('sum', 'avg', 'min', 'max', 'count', 'stddev', 'stdvar', 'group')}${grouping()} (${inner})`,
      `quantile${grouping()} (${pick('0.25', '0.9')}, ${inner})`,
      // Which of equal values topk takes is nobody's promise: only over values that differ.
      `topk${grouping()} (2, avg_over_time(ml_feature_null_rate[${range()}]))`,
      `bottomk (3, sum_over_time(ml_feature_null_rate[${range()}]))`,
      inner,
    );
  const f = (inner: string): string =>
    pick(
      inner,
      inner,
      `${pick('abs', 'ceil', 'floor', 'exp', 'sgn', 'sqrt', 'round', 'hour', 'timestamp')}(${inner})`,
      `clamp(${inner}, -1, 3)`,
      `-(${inner})`,
      `sort(${inner})`,
    );
  const term = (): string => f(aggregation(leaf()));
  return Array.from({ length: count }, () =>
    pick(
      term(),
      `${term()} ${pick('+', '-', '*', '/', '%', '^', '>', '<=', '!= bool', 'atan2')} ${pick('2', '0.05', '-1', '1e3')}`,
      `${term()} ${pick('+', '/', '>', '> bool', 'and', 'or', 'unless')} on (model_name, env) ${term()}`,
      `${term()} ${pick('*', '-', '<')} on (env) group_left () sum by (env) (${leaf()})`,
      `${term()} ${pick('and', 'or', 'unless')} ignoring (job) ${term()}`,
    ),
  );
}

/** The expressions of a rule file, found by indentation. */
function expressionsOf(file: string): string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, i) => {
    const head = /^(\s*)expr: \|$/.exec(line);
    if (!head) return [];
    const rest = lines.slice(i + 1);
    const end = rest.findIndex((next) => next.trim() !== '' && next.search(/\S/) <= (head[1]?.length ?? 0));
    return [rest.slice(0, end < 0 ? rest.length : end).join('\n')];
  });
}

type Answer = Map<string, number> | 'error';

function ours(engine: Engine, head: Head, text: string, at: number): Answer {
  try {
    const { value } = engine.instant(head, parseExpr(text), at);
    if (value.kind === 'scalar') return new Map([['scalar', value.v]]);
    if (value.kind !== 'vector') throw new Error(`${text} is a ${value.kind}`);
    return new Map(value.samples.map(({ labels, v }) => [labels.toString(), v]));
  } catch (error) {
    if (error instanceof Error && error.name === 'UserError') return 'error';
    throw error;
  }
}

interface Reply {
  readonly status: string;
  readonly data?: { readonly resultType: string; readonly result: unknown };
}

async function theirs(url: string, text: string, at: number): Promise<Answer> {
  const body = new URLSearchParams({ query: text, time: String(at / 1000) });
  const reply = (await (await fetch(`${url}/api/v1/query`, { method: 'POST', body })).json()) as Reply;
  if (reply.status !== 'success' || !reply.data) return 'error';
  if (reply.data.resultType === 'scalar')
    return new Map([['scalar', Number((reply.data.result as [number, string])[1])]]);
  const samples = reply.data.result as { metric: Record<string, string>; value: [number, string] }[];
  return new Map(samples.map(({ metric, value }) => [Labels.of(metric).toString(), numberOf(value[1])]));
}

function numberOf(text: string): number {
  return text.endsWith('Inf')
    ? text.startsWith('-')
      ? Number.NEGATIVE_INFINITY
      : Number.POSITIVE_INFINITY
    : Number(text);
}

function close(a: number, b: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  return Math.abs(a - b) <= 1e-9 * Math.max(1e-3, Math.abs(a), Math.abs(b));
}

function difference(a: Answer, b: Answer): string | undefined {
  if (a === 'error' || b === 'error')
    return a === b ? undefined : `ours ${a === 'error' ? 'fails' : 'answers'}, theirs not`;
  for (const [key, v] of a) {
    const other = b.get(key);
    if (other === undefined) return `only ours has ${key} = ${v}`;
    if (!close(v, other)) return `${key}: ours ${v}, theirs ${other}`;
  }
  for (const key of b.keys()) if (!a.has(key)) return `only theirs has ${key}`;
  return undefined;
}

async function freePort(): Promise<number> {
  return await new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

describe.skipIf(!installed && !REQUIRED)('beside a real Prometheus', () => {
  const head = new Head();
  const engine = new Engine();
  let dir = '';
  let url = '';
  let server: ChildProcess | undefined;

  beforeAll(async () => {
    const lines = makeData();
    for (const { labels, values } of lines) {
      for (const [i, v] of values.entries()) if (v !== undefined) head.append(labels, T0 + i * STEP, v);
    }
    dir = mkdtempSync(join(tmpdir(), 'watchroom-promql-'));
    writeFileSync(join(dir, 'data.om'), openMetrics(lines));
    writeFileSync(join(dir, 'prometheus.yml'), '{}\n');
    const made = spawnSync('promtool', [
      'tsdb',
      'create-blocks-from',
      'openmetrics',
      join(dir, 'data.om'),
      join(dir, 'data'),
    ]);
    if (made.status !== 0) throw new Error(`promtool: ${made.stderr.toString()}`);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    server = spawn('prometheus', [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ]);
    for (let tries = 0; ; tries++) {
      const ready = await fetch(`${url}/-/ready`).then(
        (reply) => reply.ok,
        () => false,
      );
      if (ready) return;
      if (tries > 200) throw new Error('prometheus does not get ready');
      await new Promise((done) => setTimeout(done, 100));
    }
  }, 60_000);

  afterAll(() => {
    server?.kill('SIGKILL');
    if (dir !== '') rmSync(dir, { recursive: true, force: true });
  });

  let telling = 0;

  async function differences(expressions: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const [i, text] of expressions.entries()) {
      const at = AT[i % AT.length] ?? T0;
      const answer = ours(engine, head, text, at);
      if (answer !== 'error' && answer.size > 0) telling += 1;
      const other = difference(answer, await theirs(url, text, at));
      if (other) found.push(`${text} @ ${at}: ${other}`);
    }
    return found;
  }

  it('gives the same answers to 600 expressions of the kind that alerts are made of', async () => {
    const expressions = makeExpressions(600);
    expect(new Set(expressions).size).toBeGreaterThan(550);
    expect(await differences(expressions)).toEqual([]);
    expect(telling).toBeGreaterThan(400);
  }, 120_000);

  it('gives the same answers to existing alerting rules', async () => {
    const file = resolve(import.meta.dirname, '../../../shared/user/prometheus-alerts.yml');
    if (!existsSync(file)) return console.warn(`SKIPPED: no rules at ${file}`);
    const expressions = expressionsOf(file);
    expect(expressions).toHaveLength(4);
    expect(await differences(AT.flatMap(() => expressions).toSorted())).toEqual([]);
    expect(expressions.some((text) => ours(engine, head, text, AT[3] ?? T0) !== 'error')).toBe(true);
  }, 60_000);
});

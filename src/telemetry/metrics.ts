import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client';

/** Where gauges are read from when somebody scrapes; each is asked then and only then. */
export interface MetricsSources {
  readonly outbox?: () => readonly { readonly kind: string; readonly state: string; readonly count: number }[];
  /** By state: firing, pending, no_data, muted, … */
  readonly alerts?: () => ReadonlyMap<string, number>;
  readonly openIncidents?: () => readonly {
    readonly priority: string;
    readonly state: string;
    readonly count: number;
  }[];
  readonly series?: () => number;
  /** Samples of targets that were not taken since the start, by why. */
  readonly refusedSamples?: () => Promise<readonly { job: string; reason: string; count: number }[]>;
  /** Epoch ms of the last full loop: evaluated, stored, delivered. */
  readonly lastLoopAt?: () => number;
}

/** The bot's own figures. Durations are given in milliseconds and shown in seconds. */
export interface Metrics {
  /** Shaped as the courier wants it. */
  readonly delivery: {
    attempted(kind: string, result: string, durationMs: number): void;
    undeliverable(kind: string, reason: string): void;
  };
  /** A call of Slack that failed, by Slack's code for it or one of ours. */
  slackFailed(method: string, code: string): void;
  evaluated(result: 'ok' | 'error', durationMs: number): void;
  scraped(result: 'ok' | 'error', samples: number, durationMs: number): void;
  /** A notification left routing for one kind of integration, and why. */
  notified(kind: string, reason: string): void;
  muted(reason: string): void;
  /** A person's act: acknowledge, resolve, silence, verdict, … and what became of it. */
  acted(act: string, via: string, result: string): void;
  jobFailed(job: string): void;
  reloaded(result: 'ok' | 'error'): void;
  /** What came in by Alertmanager's API. `limited`: refused because a limit forbids it. */
  readonly intake: {
    received(status: 'firing' | 'resolved', count: number): void;
    invalid(count: number): void;
    limited(limit: string): void;
  };
  /** Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

const SEND_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const EVALUATION_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];
/** Distinct values a label may take; the rest is counted as `other`, so that strange input cannot fill the memory. */
const MOST_VALUES = 100;

export interface MetricsOptions {
  /** The one registry; handed in, never the global one. */
  readonly registry: Registry;
  readonly version: string;
  readonly sources: MetricsSources;
  /** CPU, memory and event loop of the process as well. */
  readonly ofProcess: boolean;
}

export function createMetrics({ registry, version, sources, ofProcess }: MetricsOptions): Metrics {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter<L>({ name: `watchroom_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]) =>
    new Histogram<L>({ name: `watchroom_${name}`, help, labelNames, buckets, registers });

  if (ofProcess) collectDefaultMetrics({ register: registry });
  new Gauge({ name: 'watchroom_build_info', help: 'Always 1; the version.', labelNames: ['version'], registers })
    .labels(version)
    .set(1);
  registerGauges(registry, sources);
  if (sources.refusedSamples) registerRefusals(registry, sources.refusedSamples);

  const sends = counter('sends_total', 'Attempts to send, by outcome.', ['kind', 'result']);
  const sendSeconds = histogram('send_duration_seconds', 'How long an attempt took.', ['kind'], SEND_BUCKETS);
  const slackFailures = counter('slack_failures_total', 'Calls of Slack that failed, by its code.', ['method', 'code']);
  const undeliverable = counter('undeliverable_total', 'Notifications that will never arrive.', ['kind', 'reason']);
  const evaluations = counter('rule_evaluations_total', 'Evaluations of rules.', ['result']);
  const evaluationSeconds = histogram(
    'rule_evaluation_duration_seconds',
    'How long an evaluation took.',
    [],
    EVALUATION_BUCKETS,
  );
  const scrapes = counter('scrapes_total', 'Scrapes of targets.', ['result']);
  const scrapeSeconds = histogram('scrape_duration_seconds', 'How long a scrape took.', [], SEND_BUCKETS);
  const samples = counter('scraped_samples_total', 'Samples taken from targets.', []);
  const notifications = counter('notifications_total', 'Notifications by routing.', ['kind', 'reason']);
  const mutes = counter('muted_total', 'Alerts that were not told, by what muted them.', ['reason']);
  const acts = counter('acts_total', 'Acts of people.', ['act', 'via', 'result']);
  const jobErrors = counter('job_errors_total', 'Runs of a job that failed.', ['job']);
  const reloads = counter('reloads_total', 'Reloads of the configuration.', ['result']);
  const received = counter('alerts_received_total', 'Alerts taken in by the API.', ['status']);
  const invalid = counter('alerts_invalid_total', 'Alerts of the API that were none.', []);
  const limited = counter('limit_refusals_total', 'What was refused because of a limit.', ['limit']);
  const kinds = boundedValues();
  const reasons = boundedValues();
  const codes = boundedValues();

  return {
    delivery: {
      attempted(kind, result, durationMs) {
        sends.labels(kinds(kind), result).inc();
        sendSeconds.labels(kinds(kind)).observe(seconds(durationMs));
      },
      undeliverable: (kind, reason) => undeliverable.labels(kinds(kind), reason).inc(),
    },
    slackFailed: (method, code) => slackFailures.labels(method, codes(code)).inc(),
    evaluated(result, durationMs) {
      evaluations.labels(result).inc();
      evaluationSeconds.observe(seconds(durationMs));
    },
    scraped(result, count, durationMs) {
      scrapes.labels(result).inc();
      samples.inc(count);
      scrapeSeconds.observe(seconds(durationMs));
    },
    notified: (kind, reason) => notifications.labels(kinds(kind), reasons(reason)).inc(),
    muted: (reason) => mutes.labels(reasons(reason)).inc(),
    acted: (act, via, result) => acts.labels(reasons(act), reasons(via), reasons(result)).inc(),
    jobFailed: (job) => jobErrors.labels(job).inc(),
    reloaded: (result) => reloads.labels(result).inc(),
    intake: {
      received: (status, count) => received.labels(status).inc(count),
      invalid: (count) => invalid.inc(count),
      limited: (limit) => limited.labels(limit).inc(),
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function registerGauges(registry: Registry, sources: MetricsSources): void {
  const { outbox, alerts, openIncidents, series, lastLoopAt } = sources;
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    read: (g: Gauge<L>) => void,
  ) => {
    new Gauge<L>({
      name: `watchroom_${name}`,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        read(this);
      },
    });
  };
  if (outbox)
    gauge('outbox_rows', 'Rows of the outbox.', ['kind', 'state'], (g) => {
      for (const { kind, state, count } of outbox().slice(0, MOST_VALUES)) g.labels(kind, state).set(count);
    });
  if (alerts)
    gauge('alerts', 'Alerts by state.', ['state'], (g) => {
      for (const [state, count] of alerts()) g.labels(state).set(count);
    });
  if (openIncidents)
    gauge('incidents_open', 'Incidents that are not resolved.', ['priority', 'state'], (g) => {
      for (const { priority, state, count } of openIncidents()) g.labels(priority, state).set(count);
    });
  if (series) gauge('series', 'Series in memory.', [], (g) => g.set(series()));
  if (lastLoopAt)
    gauge('last_loop_timestamp_seconds', 'When all parts last did their work.', [], (g) => g.set(lastLoopAt() / 1000));
}

function registerRefusals(registry: Registry, read: NonNullable<MetricsSources['refusedSamples']>): void {
  new Counter<'job' | 'reason'>({
    name: 'watchroom_scrape_samples_refused_total',
    help: 'Samples that a target exposed and that were not taken.',
    labelNames: ['job', 'reason'],
    registers: [registry],
    async collect() {
      const rows = await read();
      this.reset();
      for (const { job, reason, count } of rows.slice(0, MOST_VALUES)) this.labels(job, reason).inc(count);
    },
  });
}

function seconds(ms: number): number {
  return Math.max(0, ms) / 1000;
}

function boundedValues(): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (!known.has(value) && known.size >= MOST_VALUES) return 'other';
    known.add(value);
    return value;
  };
}

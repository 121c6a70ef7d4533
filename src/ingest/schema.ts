import { z } from 'zod';
import { DocumentError, type Position, type Problem } from '../document/position.ts';
import { Duration, durationBetween, readDocument } from '../document/schema.ts';
import type { Path, YamlDocument } from '../document/yaml.ts';
import { Labels } from '../labels/labels.ts';
import { formatDuration } from '../time/duration.ts';
import type { ExpositionFormat } from './exposition.ts';
import { FOREIGN_DISCOVERY, IGNORED_GLOBAL_KEYS, IGNORED_SCRAPE_KEYS, ignoredShape } from './foreign-keys.ts';
import { type HttpClientConfig, httpClient, httpClientShape } from './http-client-schema.ts';
import type { RelabelRule } from './relabel.ts';
import { RelabelConfig } from './relabel-schema.ts';

const DEFAULT_INTERVAL_MS = 15_000;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_FILE_REFRESH_MS = 300_000;
const DEFAULT_BODY_BYTES = 10 * 1024 * 1024;

const Interval = durationBetween(100, 366 * 86_400_000);
const Count = z.number().int().min(0);

/** A count of bytes as Prometheus writes it, `10MB` or `512KiB`; its units are powers of 1024 either way. */
const ByteSize = z.union([z.string(), z.literal(0)]).transform((written, context): number => {
  const match = /^(\d+)\s*(?:([KMGT])i?)?B?$/i.exec(String(written));
  const power = match?.[2] ? ' KMGT'.indexOf(match[2].toUpperCase()) : 0;
  const bytes = match ? Number(match[1]) * 1024 ** power : Number.NaN;
  if (Number.isSafeInteger(bytes)) return bytes;
  context.issues.push({
    code: 'custom',
    input: written,
    message: `expected a size such as 10MB; got ${JSON.stringify(written)}`,
  });
  return z.NEVER;
});

const LabelMap = z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()]).transform(String));

const Protocol = z.enum(
  ['PrometheusProto', 'OpenMetricsText0.0.1', 'OpenMetricsText1.0.0', 'PrometheusText0.0.4', 'PrometheusText1.0.0'],
  { error: 'expected OpenMetricsText1.0.0, OpenMetricsText0.0.1, PrometheusText1.0.0 or PrometheusText0.0.4' },
);

const limits = {
  body_size_limit: ByteSize.optional(),
  sample_limit: Count.optional(),
  label_limit: Count.optional(),
  label_name_length_limit: Count.optional(),
  label_value_length_limit: Count.optional(),
  target_limit: Count.optional(),
};

const Global = z.strictObject({
  scrape_interval: Interval.optional(),
  scrape_timeout: Interval.optional(),
  evaluation_interval: Interval.optional(),
  rule_query_offset: Duration.optional(),
  external_labels: LabelMap.default({}),
  scrape_protocols: z.array(Protocol).min(1).optional(),
  ...limits,
  ...ignoredShape(IGNORED_GLOBAL_KEYS),
});

const Target = z
  .string()
  .min(1, { error: 'a target is empty' })
  .refine((target) => !target.includes('/'), { error: 'a target is host:port; the path belongs to metrics_path' });

/** One group of targets that share labels: an entry of `static_configs` and of a file_sd file. */
export const TargetGroup = z.strictObject({ targets: z.array(Target).default([]), labels: LabelMap.default({}) });

const FileSd = z.strictObject({
  files: z
    .array(
      z.string().refine((path) => /^[^*]*(?:\*[^/]*)?\.(?:json|yml|yaml|JSON|YML|YAML)$/.test(path), {
        error: 'expected a path that ends in .json, .yml or .yaml; a * may stand in its last part only',
      }),
    )
    .min(1, { error: 'file_sd_configs needs at least one file' }),
  refresh_interval: durationBetween(1000, 366 * 86_400_000).optional(),
});

const ScrapeEntry = z.strictObject({
  job_name: z
    .string({ error: 'every scrape configuration needs a job_name' })
    .min(1, { error: 'the job_name is empty' }),
  scrape_interval: Interval.optional(),
  scrape_timeout: Interval.optional(),
  metrics_path: z.string().default('/metrics'),
  scheme: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['http', 'https'], { error: 'expected http or https' }))
    .default('http'),
  params: z.record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean()]).transform(String))).default({}),
  honor_labels: z.boolean().default(false),
  honor_timestamps: z.boolean().default(true),
  track_timestamps_staleness: z.boolean().default(false),
  enable_compression: z.boolean().default(true),
  scrape_protocols: z.array(Protocol).min(1).optional(),
  fallback_scrape_protocol: Protocol.optional(),
  static_configs: z.array(TargetGroup).default([]),
  file_sd_configs: z.array(FileSd).default([]),
  relabel_configs: z.array(RelabelConfig).default([]),
  metric_relabel_configs: z.array(RelabelConfig).default([]),
  ...limits,
  ...httpClientShape,
  ...FOREIGN_DISCOVERY,
  ...ignoredShape(IGNORED_SCRAPE_KEYS),
});

const ScrapeFile = z.object({
  global: Global.nullish().transform((written) => written ?? Global.parse({})),
  scrape_configs: z
    .array(ScrapeEntry)
    .nullish()
    .transform((written) => written ?? []),
});

type WrittenGlobal = z.output<typeof Global>;
type WrittenScrape = z.output<typeof ScrapeEntry>;

/**
 * A limit of one series' labels; 0 is none. One that the configuration sets fails the whole scrape, as in Prometheus. Ours, which
 * nobody asked for, costs only the series that breaks it: one long label must not make a target that is up look down.
 */
export interface LabelLimit {
  readonly most: number;
  readonly breach: 'fails_scrape' | 'drops_sample';
}

/** Prometheus has them off by default, here they are on; 0 is none. The breach of one that is a number fails the whole scrape. */
interface ScrapeLimits {
  readonly bodyBytes: number;
  readonly samples: number;
  readonly labels: LabelLimit;
  /** In bytes, like the next. */
  readonly labelNameLength: LabelLimit;
  readonly labelValueLength: LabelLimit;
  /** Most targets of one job; beyond, none of the job's targets is scraped. */
  readonly targets: number;
}

interface FileDiscovery {
  readonly files: readonly string[];
  readonly refreshMs: number;
}

/** One job, complete: defaults and `global` filled in, patterns compiled. */
export interface ScrapeConfig {
  readonly jobName: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly metricsPath: string;
  readonly scheme: 'http' | 'https';
  readonly params: ReadonlyMap<string, readonly string[]>;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  readonly compression: boolean;
  readonly formats: readonly ExpositionFormat[];
  readonly fallbackFormat: ExpositionFormat | undefined;
  readonly staticGroups: readonly DiscoveredGroup[];
  readonly fileDiscovery: readonly FileDiscovery[];
  readonly relabel: readonly RelabelRule[];
  readonly metricRelabel: readonly RelabelRule[];
  readonly http: HttpClientConfig;
  readonly limits: ScrapeLimits;
}

/** Targets that share labels, wherever they came from. */
export interface DiscoveredGroup {
  readonly targets: readonly string[];
  readonly labels: Labels;
}

/** Prometheus' `global`, with defaults filled in; durations in ms. */
export interface GlobalConfig {
  readonly scrapeIntervalMs: number;
  readonly scrapeTimeoutMs: number;
  readonly evaluationIntervalMs: number;
  readonly ruleQueryOffsetMs: number;
  readonly externalLabels: Labels;
}

export interface ScrapeSection {
  readonly global: GlobalConfig;
  readonly configs: readonly ScrapeConfig[];
  readonly warnings: readonly Problem[];
}

/**
 * Reads `global` and `scrape_configs` out of a document; its other top-level keys are not looked at, so a whole prometheus.yml or
 * watchroom.yml can be given.
 * @throws DocumentError with every problem, each at its place.
 */
export function readScrapeSection(document: YamlDocument): ScrapeSection {
  const top =
    typeof document.value === 'object' && document.value !== null ? new Map(Object.entries(document.value)) : new Map();
  const subset = { global: top.get('global'), scrape_configs: top.get('scrape_configs') };
  const { value, at } = readDocument({ ...document, value: subset }, ScrapeFile);
  const problems = [...globalProblems(value.global, at), ...scrapeProblems(value, at)];
  const errors = problems.filter((problem) => problem.severity === 'error');
  if (errors.length > 0) throw new DocumentError(errors);
  const global = globalConfig(value.global);
  return {
    global,
    configs: value.scrape_configs.map((written) => scrapeConfig(written, value.global, global)),
    warnings: problems,
  };
}

type Place = (path: Path, part?: 'key' | 'value') => Position;

function globalProblems(written: WrittenGlobal, at: Place): Problem[] {
  const problems = ignoredProblems(written, IGNORED_GLOBAL_KEYS, ['global'], at);
  const { scrape_timeout: timeout, scrape_interval: interval = DEFAULT_INTERVAL_MS } = written;
  if (timeout !== undefined && timeout > interval)
    problems.push(tooLong(at(['global', 'scrape_timeout']), timeout, interval));
  return problems;
}

function scrapeProblems(file: z.output<typeof ScrapeFile>, at: Place): Problem[] {
  const problems: Problem[] = [];
  const jobs = new Map<string, number>();
  for (const [index, written] of file.scrape_configs.entries()) {
    const path: Path = ['scrape_configs', index];
    const first = jobs.get(written.job_name);
    if (first === undefined) jobs.set(written.job_name, index);
    else {
      const { line } = at(['scrape_configs', first, 'job_name']);
      problems.push({
        severity: 'error',
        at: at([...path, 'job_name']),
        message: `the job_name ${written.job_name} is used twice, first in line ${line}`,
      });
    }
    const interval = written.scrape_interval ?? file.global.scrape_interval ?? DEFAULT_INTERVAL_MS;
    if (written.scrape_timeout !== undefined && written.scrape_timeout > interval) {
      problems.push(tooLong(at([...path, 'scrape_timeout']), written.scrape_timeout, interval));
    }
    const http = httpClient(written);
    if (typeof http === 'string') problems.push({ severity: 'error', at: at(path), message: http });
    if (formatOf(written.fallback_scrape_protocol) === 'protobuf') {
      problems.push({
        severity: 'error',
        at: at([...path, 'fallback_scrape_protocol']),
        message: 'protobuf is not read here; use a text protocol',
      });
    }
    problems.push(...ignoredProblems(written, IGNORED_SCRAPE_KEYS, path, at));
  }
  return problems;
}

function tooLong(at: Position, timeout: number, interval: number): Problem {
  const message = `the scrape_timeout ${formatDuration(timeout)} is longer than the scrape_interval ${formatDuration(interval)}`;
  return { severity: 'error', at, message };
}

function ignoredProblems(written: object, keys: readonly string[], path: Path, at: Place): Problem[] {
  const given = new Map(Object.entries(written));
  return keys
    .filter((key) => given.get(key) !== undefined)
    .map((key) => ({
      severity: 'warning',
      at: at([...path, key], 'key'),
      message: `${key} is read and has no effect here`,
    }));
}

function globalConfig(written: WrittenGlobal): GlobalConfig {
  const scrapeIntervalMs = written.scrape_interval ?? DEFAULT_INTERVAL_MS;
  return {
    scrapeIntervalMs,
    scrapeTimeoutMs: written.scrape_timeout ?? Math.min(DEFAULT_TIMEOUT_MS, scrapeIntervalMs),
    evaluationIntervalMs: written.evaluation_interval ?? DEFAULT_INTERVAL_MS,
    ruleQueryOffsetMs: written.rule_query_offset ?? 0,
    externalLabels: Labels.of(written.external_labels),
  };
}

function scrapeConfig(written: WrittenScrape, file: WrittenGlobal, global: GlobalConfig): ScrapeConfig {
  const http = httpClient(written);
  if (typeof http === 'string') throw new Error(http);
  const intervalMs = written.scrape_interval ?? global.scrapeIntervalMs;
  const fallback = formatOf(written.fallback_scrape_protocol);
  const formats = (written.scrape_protocols ?? file.scrape_protocols ?? ['OpenMetricsText1.0.0', 'PrometheusText0.0.4'])
    .map(formatOf)
    .filter((format) => format === 'text' || format === 'openmetrics');
  return {
    jobName: written.job_name,
    intervalMs,
    timeoutMs: written.scrape_timeout ?? Math.min(global.scrapeTimeoutMs, intervalMs),
    metricsPath: written.metrics_path,
    scheme: written.scheme,
    params: new Map(Object.entries(written.params)),
    honorLabels: written.honor_labels,
    honorTimestamps: written.honor_timestamps,
    trackTimestampsStaleness: written.track_timestamps_staleness,
    compression: written.enable_compression,
    formats: formats.length > 0 ? [...new Set(formats)] : ['openmetrics', 'text'],
    fallbackFormat: fallback === 'protobuf' ? undefined : fallback,
    staticGroups: written.static_configs.map(targetGroup),
    fileDiscovery: written.file_sd_configs.map((sd) => ({
      files: sd.files,
      refreshMs: sd.refresh_interval ?? DEFAULT_FILE_REFRESH_MS,
    })),
    relabel: written.relabel_configs,
    metricRelabel: written.metric_relabel_configs,
    http,
    limits: scrapeLimits(written, file),
  };
}

export function targetGroup(written: z.output<typeof TargetGroup>): DiscoveredGroup {
  return { targets: written.targets, labels: Labels.of(written.labels) };
}

function scrapeLimits(written: WrittenScrape, file: WrittenGlobal): ScrapeLimits {
  return {
    bodyBytes: written.body_size_limit ?? file.body_size_limit ?? DEFAULT_BODY_BYTES,
    samples: written.sample_limit ?? file.sample_limit ?? 50_000,
    labels: labelLimit(written.label_limit ?? file.label_limit, 64),
    labelNameLength: labelLimit(written.label_name_length_limit ?? file.label_name_length_limit, 128),
    labelValueLength: labelLimit(written.label_value_length_limit ?? file.label_value_length_limit, 1024),
    targets: written.target_limit ?? file.target_limit ?? 0,
  };
}

function labelLimit(written: number | undefined, ours: number): LabelLimit {
  return written === undefined ? { most: ours, breach: 'drops_sample' } : { most: written, breach: 'fails_scrape' };
}

function formatOf(protocol: z.output<typeof Protocol> | undefined): ExpositionFormat | 'protobuf' | undefined {
  if (protocol === undefined) return undefined;
  if (protocol === 'PrometheusProto') return 'protobuf';
  return protocol.startsWith('OpenMetrics') ? 'openmetrics' : 'text';
}

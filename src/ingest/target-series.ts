import { Labels } from '../labels/labels.ts';
import type { Appender, AppendResult } from '../tsdb/queryable.ts';
import type { ParsedSample } from './exposition.ts';
import { relabel } from './relabel.ts';
import type { LabelLimit } from './schema.ts';
import type { Target } from './targets.ts';

/** What a scrape said about itself, in the series that Prometheus writes beside a target's own. */
export interface ScrapeReport {
  readonly up: boolean;
  /** Real time that the scrape took. */
  readonly durationMs: number;
  readonly scraped: number;
  readonly postRelabeling: number;
  readonly added: number;
}

const REPORT_METRICS = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
] as const;

/** A series as it is stored, or undefined labels where relabelling drops it, or a limit of ours does. */
interface Kept {
  readonly labels: Labels | undefined;
  readonly refusal?: Refusal;
  /** The last scrape that stored a sample of it; 0 before the first. */
  scrape: number;
  /** It ended; should it come back, it is resolved anew. */
  gone: boolean;
  /** Whether its end is to be marked: not for series that carry their own timestamps, unless configured. */
  marked: boolean;
}

/** What became of the samples of one scrape. */
export interface Written {
  readonly scraped: number;
  readonly postRelabeling: number;
  readonly added: number;
  /** '' or one line for people about samples that were not taken. */
  readonly warning: string;
  /** How many were not taken, by why. */
  readonly refused: ReadonlyMap<RefusalReason, number>;
}

type LabelFault = 'label_limit' | 'label_name_length_limit' | 'label_value_length_limit';
/** Why a sample was not taken. */
export type RefusalReason = Exclude<AppendResult, 'appended'> | 'duplicate_series' | LabelFault;

interface Refusal {
  readonly reason: LabelFault;
  readonly message: string;
}

/**
 * The series of one target: turns what it exposes into what is stored, and marks as ended what it no longer exposes. Label sets are
 * resolved once per series, not once per sample.
 */
export class TargetSeries {
  #target: Target;
  readonly #appender: Appender;
  /** By the identity of the parsed label set, which the parser keeps from scrape to scrape. */
  #byParsed = new Map<Labels, Kept>();
  #stored = new Map<string, Kept>();
  #scrape = 0;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(target: Target, appender: Appender) {
    this.#target = target;
    this.#appender = appender;
  }

  /** Takes over a target with the same identity whose configuration changed. */
  retarget(target: Target): void {
    this.#target = target;
    this.#byParsed.clear();
  }

  /**
   * Stores a whole scrape at `t`, all or nothing as far as limits and names go; does not commit.
   * @returns the breach, where a limit makes the scrape fail.
   */
  write(samples: readonly ParsedSample[], t: number): Written | { readonly breach: string } {
    this.#scrape += 1;
    const kept: Kept[] = [];
    const refused = new Map<RefusalReason, number>();
    const refuse = (reason: RefusalReason): void => void refused.set(reason, (refused.get(reason) ?? 0) + 1);
    let example: Refusal | undefined;
    let postRelabeling = 0;
    for (const sample of samples) {
      const known = this.#byParsed.get(sample.labels);
      const series = known && !known.gone ? known : this.#resolve(sample.labels);
      if (typeof series === 'string') return { breach: series };
      kept.push(series);
      if (series.labels || series.refusal) postRelabeling += 1;
      if (series.refusal) refuse(series.refusal.reason);
      example ??= series.refusal;
    }
    const { samples: most } = this.#target.config.limits;
    if (most > 0 && postRelabeling > most)
      return { breach: `${postRelabeling} samples exceed the sample_limit of ${most}` };
    let added = 0;
    for (const [index, sample] of samples.entries()) {
      const series = kept[index];
      if (!series?.labels) continue;
      const isNew = series.scrape === 0;
      const result = this.#append(series, series.labels, sample, t);
      if (isNew && series.scrape !== 0) added += 1;
      if (result !== 'appended') refuse(result);
    }
    this.#endVanished(t);
    this.#lastAt = t;
    return { scraped: samples.length, postRelabeling, added, warning: describe(refused, example), refused };
  }

  /** Marks every series as ended: the scrape failed, or the target is gone. */
  endAll(t: number): void {
    for (const series of this.#stored.values())
      if (series.marked && series.labels) this.#appender.appendStale(series.labels, t);
    this.#stored.clear();
    this.#byParsed.clear();
    this.#lastAt = t;
  }

  report(report: ScrapeReport, t: number): void {
    const values = [report.up ? 1 : 0, report.durationMs / 1000, report.scraped, report.postRelabeling, report.added];
    for (const [index, name] of REPORT_METRICS.entries())
      this.#appender.append(this.#reportLabels(name), t, values[index] ?? 0);
    this.#lastAt = t;
  }

  /** Ends the target's series and its reports, at `now` or just after its last sample. */
  remove(now: number): void {
    const t = Math.max(now, this.#lastAt + 1);
    this.endAll(t);
    if (!Number.isFinite(t)) return;
    for (const name of REPORT_METRICS) this.#appender.appendStale(this.#reportLabels(name), t);
  }

  #reportLabels(name: string): Labels {
    return this.#target.labels.with({ __name__: name });
  }

  #append(series: Kept, labels: Labels, sample: ParsedSample, t: number): AppendResult | 'duplicate_series' {
    if (series.scrape === this.#scrape) return 'duplicate_series';
    const { config } = this.#target;
    const own = config.honorTimestamps ? sample.timestamp : undefined;
    const result = this.#appender.append(labels, own ?? t, sample.value);
    if (result === 'series_limit') return result;
    series.scrape = this.#scrape;
    series.marked = own === undefined || config.trackTimestampsStaleness;
    return result;
  }

  #endVanished(t: number): void {
    for (const [key, series] of this.#stored) {
      if (series.scrape === this.#scrape) continue;
      if (series.marked && series.labels) this.#appender.appendStale(series.labels, t);
      series.gone = true;
      this.#stored.delete(key);
    }
    // Parsed label sets of series that are gone, and of dropped ones that no longer appear, must not pile up.
    if (this.#byParsed.size > 2 * this.#stored.size + 10_000) this.#byParsed.clear();
  }

  #resolve(parsed: Labels): Kept | string {
    const { config, labels: own } = this.#target;
    const labels = relabel(config.honorLabels ? honored(parsed, own) : exported(parsed, own), config.metricRelabel);
    const fault = labels && this.#fault(labels);
    if (typeof fault === 'string') return fault;
    const known = labels && this.#stored.get(labels.key);
    const fresh = { scrape: 0, gone: false, marked: true };
    const kept = known ?? (fault ? { labels: undefined, refusal: fault, ...fresh } : { labels, ...fresh });
    if (kept.labels && !known) this.#stored.set(kept.labels.key, kept);
    this.#byParsed.set(parsed, kept);
    return kept;
  }

  /** A text where the scrape fails for it. */
  #fault(labels: Labels): Refusal | string | undefined {
    const { limits } = this.#target.config;
    const metric = labels.get('__name__');
    if (metric === '') return `relabelling left a series without a metric name: ${brief(labels.toString())}`;
    const broken = (reason: LabelFault, limit: LabelLimit, what: string): Refusal | string => {
      const message = `the metric ${brief(metric)} has ${what} the ${reason} of ${limit.most}`;
      return limit.breach === 'fails_scrape' ? message : { reason, message };
    };
    const isOver = (count: number, { most }: LabelLimit): boolean => most > 0 && count > most;
    if (isOver(labels.size, limits.labels))
      return broken('label_limit', limits.labels, `${labels.size} labels, more than`);
    for (const [name, value] of labels) {
      if (isOver(Buffer.byteLength(name), limits.labelNameLength))
        return broken('label_name_length_limit', limits.labelNameLength, 'a label name longer than');
      if (isOver(Buffer.byteLength(value), limits.labelValueLength))
        return broken('label_value_length_limit', limits.labelValueLength, `a value of ${brief(name)} longer than`);
    }
    return undefined;
  }
}

/** `honor_labels: true`: the exposed label wins over the target's. */
function honored(parsed: Labels, own: Labels): Labels {
  return Labels.of([...own, ...parsed]);
}

/** `honor_labels: false`: the target's label wins and the exposed one is kept as `exported_…`. */
function exported(parsed: Labels, own: Labels): Labels {
  const map = new Map(own);
  const conflicting: [string, string][] = [];
  for (const [name, value] of parsed) {
    if (own.has(name)) conflicting.push([name, value]);
    else map.set(name, value);
  }
  for (const [name, value] of conflicting) {
    let free = `exported_${name}`;
    while (map.has(free)) free = `exported_${free}`;
    map.set(free, value);
  }
  return Labels.of(map);
}

const REASONS: Readonly<Record<RefusalReason, string>> = {
  duplicate_series: 'appear twice in one scrape (the first counts)',
  duplicate_timestamp: 'have another value at a timestamp already stored',
  out_of_order: 'are older than what is stored',
  too_old: 'are too old',
  too_far_ahead: 'are too far in the future',
  series_limit: 'would exceed the limit of series in the store',
  label_limit: 'have more labels than are taken',
  label_name_length_limit: 'have a longer label name than is taken',
  label_value_length_limit: 'have a longer label value than is taken',
};

function describe(refused: ReadonlyMap<RefusalReason, number>, example: Refusal | undefined): string {
  return [...refused]
    .map(([reason, count]) => {
      const which = example?.reason === reason ? ` (${example.message})` : '';
      return `${count} samples not taken: they ${REASONS[reason]}${which}`;
    })
    .join('; ');
}

function brief(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

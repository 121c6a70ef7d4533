import { readScrapeSection } from '../ingest/schema.ts';
import { createScraper } from '../ingest/scraper.ts';
import { Engine } from '../promql/engine.ts';
import { parseExpr } from '../promql/parser.ts';
import { createEvaluator } from '../rules/evaluator.ts';
import { loadRules } from '../rules/load.ts';
import { ruleQueries } from '../rules/queries.ts';
import { Db } from '../sqlite/db.ts';
import { migrate } from '../sqlite/migrate.ts';
import { metricsMigrations } from '../sqlite/migrations/index.ts';
import { SqliteRulesStore } from '../sqlite/rules-store.ts';
import { SqliteSamplesStore } from '../sqlite/samples-store.ts';
import type { Clock } from '../time/clock.ts';
import type { Job } from '../time/loop.ts';
import { Compactor } from '../tsdb/compactor.ts';
import { Head } from '../tsdb/head.ts';
import { answerOf } from './answer.ts';
import { Catalogue } from './catalogue.ts';
import type { Observer, QueryAnswer } from './port.ts';
import { groupView, refusable, settled, targetView } from './view.ts';

/** What the observer is to observe, in plain data, so that it can cross into a thread. */
export interface LocalObserverSettings {
  /** The metrics database: a file, or `:memory:`. */
  readonly database: string;
  /** `global` and `scrape_configs` as they were written, with environment variables expanded. */
  readonly scrape: { readonly file: string; readonly value: unknown };
  /** What relative paths in the scrape configuration are relative to. */
  readonly baseDir: string;
  readonly ruleFiles: readonly { readonly path: string; readonly text: string }[];
  readonly externalUrl: string;
  readonly retentionMs: number | undefined;
}

export interface LocalObserverOptions {
  readonly settings: LocalObserverSettings;
  readonly clock: Clock;
  readonly wire: Clock;
  readonly log: (level: 'info' | 'warn' | 'error', fields: object, message: string) => void;
  /** true makes timelines reproducible: scrapes at multiples of the interval, each awaited however long it takes. */
  readonly deterministic?: boolean;
}

export interface LocalObserver extends Observer {
  /** Scraper, evaluator, compactor: to be driven by a loop on the domain clock. */
  readonly jobs: readonly Job[];
  /** @throws DocumentError and changes nothing where the new settings are bad. */
  reload(settings: LocalObserverSettings): void;
}

/** Opens the metrics database, loads its samples and builds ingest, store, queries and rules in this thread. */
export function createLocalObserver(options: LocalObserverOptions): LocalObserver {
  const { settings, clock, wire } = options;
  const section = readSection(settings);
  const rules = loadRules(settings.ruleFiles);
  const db = new Db(settings.database);
  migrate(db, metricsMigrations);
  const head = new Head({ store: new SqliteSamplesStore(db), clock });
  const engine = new Engine({ subqueryStepMs: section.global.evaluationIntervalMs });
  const store = new SqliteRulesStore(db);
  let feedListener: () => void = () => {};

  const scraper = createScraper({
    configs: section.configs,
    appender: head,
    clock,
    wire,
    baseDir: settings.baseDir,
    log: (line) => options.log('warn', {}, line),
    ...(options.deterministic && { spread: false, stragglerAfterMs: Number.POSITIVE_INFINITY }),
  });
  const evaluator = createEvaluator({
    groups: rules,
    queries: ruleQueries(engine, head),
    appender: head,
    store,
    clock,
    externalLabels: section.global.externalLabels,
    externalUrl: settings.externalUrl,
    defaultIntervalMs: section.global.evaluationIntervalMs,
    onFeed: () => feedListener(),
    stopwatch: () => wire.now(),
  });
  const compactor = new Compactor(head, clock.now(), settings.retentionMs);

  const catalogue = new Catalogue(head);
  const answer = (evaluate: () => QueryAnswer): Promise<QueryAnswer> => settled(() => refusable(evaluate));

  return {
    jobs: [scraper, evaluator, compactor],
    onFeed: (listener) => {
      feedListener = listener;
      listener();
    },
    feed: (limit) => Promise.resolve(store.feedAfter(0, limit)),
    confirm: (seq) => {
      store.confirm(seq);
      return Promise.resolve();
    },
    query: (expr, at) => answer(() => answerOf(engine.instant(head, parseExpr(expr), at))),
    queryRange: (expr, from, to, stepMs) =>
      answer(() => answerOf(engine.range(head, parseExpr(expr), { from, to, stepMs }))),
    targets: () => Promise.resolve(scraper.targets().map(targetView)),
    droppedTargets: () =>
      Promise.resolve(scraper.dropped().map((target) => ({ discoveredLabels: target.discoveredLabels.toJSON() }))),
    rules: () => Promise.resolve(evaluator.health()),
    ruleGroups: () => Promise.resolve(evaluator.groups().map(groupView)),
    series: (filter) => settled(() => refusable(() => catalogue.series(filter))),
    labelNames: (filter) => settled(() => refusable(() => catalogue.labelNames(filter))),
    labelValues: (name, filter) => settled(() => refusable(() => catalogue.labelValues(name, filter))),
    metadata: () => Promise.resolve([...scraper.metadata()].sort(([a], [b]) => (a < b ? -1 : 1))),
    reload: (next) => {
      const nextSection = readSection(next);
      const nextRules = loadRules(next.ruleFiles);
      scraper.reload(nextSection.configs);
      evaluator.reload(nextRules, {
        externalLabels: nextSection.global.externalLabels,
        externalUrl: next.externalUrl,
        defaultIntervalMs: nextSection.global.evaluationIntervalMs,
      });
    },
    close: async () => {
      await scraper.close();
      db.close();
    },
  };
}

function readSection(settings: LocalObserverSettings): ReturnType<typeof readScrapeSection> {
  const { file, value } = settings.scrape;
  return readScrapeSection({ file, value, at: () => ({ file, line: 1, col: 1 }) });
}

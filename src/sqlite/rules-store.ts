import type { Alert } from '../alert/alert.ts';
import { type AlertJson, alertToJson } from '../alert/json.ts';
import { Labels } from '../labels/labels.ts';
import type { AlertInstance } from '../rules/alert-instance.ts';
import type { InstanceState } from '../rules/instance.ts';
import type { FeedRow, RulesStore } from '../rules/store.ts';
import type { Db, Transact } from './db.ts';

/** Numbers that JSON cannot hold travel as text. */
type Figure = number | 'NaN' | '+Inf' | '-Inf';

type Body = Omit<AlertInstance, 'ruleKey' | 'labels' | 'external' | 'series' | 'annotations' | 'state' | Figures> & {
  readonly external: Readonly<Record<string, string>>;
  readonly series: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
} & Readonly<Record<Figures, Figure>>;

type Figures = 'value' | 'firstValue' | 'peak' | 'toldValue';

interface Row {
  readonly rule_key: string;
  readonly labels: string;
  readonly state: string;
  readonly body: string;
}

/** Alert instances and the alert feed, in the metrics database. */
export class SqliteRulesStore implements RulesStore {
  readonly #db: Db;
  /** The key column of an instance's labels, made once per instance. */
  readonly #texts = new WeakMap<Labels, string>();
  readonly tx: Transact;

  constructor(db: Db) {
    this.#db = db;
    this.tx = (fn) => db.tx(fn);
  }

  instances(): AlertInstance[] {
    return this.#db.all<Row>('SELECT rule_key, labels, state, body FROM rule_instances').map(instanceOf);
  }

  save(instance: AlertInstance): void {
    const { ruleKey, labels, external, series, annotations, state, value, firstValue, peak, toldValue, ...rest } =
      instance;
    const body: Body = {
      ...rest,
      external: external.toJSON(),
      series: series.toJSON(),
      annotations: annotations.toJSON(),
      value: figure(value),
      firstValue: figure(firstValue),
      peak: figure(peak),
      toldValue: figure(toldValue),
    };
    this.#db.run(
      `INSERT INTO rule_instances (rule_key, labels, state, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (rule_key, labels) DO UPDATE SET state = excluded.state, body = excluded.body`,
      ruleKey,
      this.#labelText(labels),
      JSON.stringify(state),
      JSON.stringify(body),
    );
  }

  touch(instance: AlertInstance): void {
    this.#db.run(
      'UPDATE rule_instances SET state = ? WHERE rule_key = ? AND labels = ?',
      JSON.stringify(instance.state),
      instance.ruleKey,
      this.#labelText(instance.labels),
    );
  }

  remove(instance: AlertInstance): void {
    this.#db.run(
      'DELETE FROM rule_instances WHERE rule_key = ? AND labels = ?',
      instance.ruleKey,
      this.#labelText(instance.labels),
    );
  }

  #labelText(labels: Labels): string {
    let text = this.#texts.get(labels);
    if (text === undefined) {
      text = JSON.stringify(labels);
      this.#texts.set(labels, text);
    }
    return text;
  }

  addFeed(alerts: readonly Alert[]): number {
    return this.#db.run('INSERT INTO alert_feed (alerts) VALUES (?)', JSON.stringify(alerts.map(alertToJson))).lastId;
  }

  feedAfter(seq: number, limit: number): FeedRow[] {
    return this.#db
      .all<{ seq: number; alerts: string }>(
        'SELECT seq, alerts FROM alert_feed WHERE seq > ? ORDER BY seq LIMIT ?',
        seq,
        limit,
      )
      .map((row) => ({ seq: row.seq, alerts: JSON.parse(row.alerts) as AlertJson[] }));
  }

  confirm(seq: number): void {
    this.#db.run('DELETE FROM alert_feed WHERE seq <= ?', seq);
  }
}

function instanceOf(row: Row): AlertInstance {
  const { external, series, annotations, value, firstValue, peak, toldValue, ...rest } = JSON.parse(row.body) as Body;
  return {
    ...rest,
    ruleKey: row.rule_key,
    labels: Labels.of(JSON.parse(row.labels) as Record<string, string>),
    state: JSON.parse(row.state) as InstanceState,
    external: Labels.of(external),
    series: Labels.of(series),
    annotations: Labels.of(annotations),
    value: numberOf(value),
    firstValue: numberOf(firstValue),
    peak: numberOf(peak),
    toldValue: numberOf(toldValue),
  };
}

function figure(value: number): Figure {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return value;
  return value > 0 ? '+Inf' : '-Inf';
}

function numberOf(value: Figure): number {
  switch (value) {
    case 'NaN':
      return Number.NaN;
    case '+Inf':
      return Number.POSITIVE_INFINITY;
    case '-Inf':
      return Number.NEGATIVE_INFINITY;
    default:
      return value;
  }
}

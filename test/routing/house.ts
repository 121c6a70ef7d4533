import { type Alert, alertIdentity, endedAt } from '../../src/alert/alert.ts';
import type { Notification } from '../../src/delivery/notification.ts';
import { parseYaml } from '../../src/document/yaml.ts';
import { Labels } from '../../src/labels/labels.ts';
import { createDispatcher, type Dispatcher } from '../../src/routing/dispatcher.ts';
import type { GroupView } from '../../src/routing/effects.ts';
import { parseMatchers } from '../../src/routing/matcher-text.ts';
import { loadRouting, type RoutingConfig } from '../../src/routing/schema.ts';
import type { SilenceDraft } from '../../src/routing/silence.ts';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqliteRoutingStore } from '../../src/sqlite/routing-store.ts';
import { SqliteSilenceStore } from '../../src/sqlite/silence-store.ts';
import { parseDuration } from '../../src/time/duration.ts';
import { advance } from '../../src/time/loop.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';

/** A Monday, 10:00 UTC. */
export const START = Date.UTC(2026, 10, 16, 10);

export function config(yaml: string): RoutingConfig {
  return loadRouting(parseYaml(yaml, 'alertmanager.yml')).config;
}

function at(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`not a duration: ${text}`);
  return START + ms;
}

export interface AlertText {
  readonly startsAt?: number;
  readonly until?: number;
  readonly resolvedAt?: number;
  readonly noDataSince?: number;
  readonly value?: number;
  readonly summary?: string;
}

/** `alert('alertname=X,model=a', now)` */
export function alert(text: string, now: number, more: AlertText = {}): Alert {
  const labels = Labels.of(text.split(',').map((pair): [string, string] => [pair.split('=')[0]!, pair.split('=')[1]!]));
  return {
    fingerprint: alertIdentity(labels),
    labels,
    annotations: Labels.of({ summary: more.summary ?? '' }),
    startsAt: more.startsAt ?? now,
    updatedAt: now,
    condition:
      more.resolvedAt !== undefined
        ? { kind: 'resolved', at: more.resolvedAt }
        : more.noDataSince !== undefined
          ? { kind: 'no_data', since: more.noDataSince }
          : { kind: 'firing', ...(more.until !== undefined && { until: more.until }) },
    generatorUrl: '',
    source: { kind: 'api' },
    ...(more.value !== undefined && {
      evidence: {
        value: more.value,
        firstValue: more.value,
        peak: more.value,
        trend: [],
        trendAt: now,
        trendSpanMs: 0,
      },
    }),
  };
}

/** A dispatcher over real SQLite and a manual clock, that writes down what it tells. */
export class House {
  readonly clock: ManualClock;
  readonly notifications: Notification[] = [];
  readonly changes: { readonly at: number; readonly group: GroupView }[] = [];
  readonly ends: { readonly at: number; readonly group: GroupView }[] = [];
  readonly decisions: string[] = [];
  db = new Db(':memory:');
  dispatcher: Dispatcher;
  /** Effects throw while this is set: the transaction must then leave nothing behind. */
  broken = false;
  #id = 0;
  #config: RoutingConfig;

  /** Scenarios (label `scenario`) in which a muted alert's end was told to who had heard it. */
  readonly throughMutes = new Set<string>();

  constructor(yaml: string | RoutingConfig, start = START) {
    this.clock = new ManualClock(start);
    migrate(this.db, stateMigrations);
    this.#config = typeof yaml === 'string' ? config(yaml) : yaml;
    this.dispatcher = this.#start();
  }

  get now(): number {
    return this.clock.now();
  }

  #start(): Dispatcher {
    return createDispatcher({
      config: this.#config,
      store: new SqliteRoutingStore(this.db),
      silences: new SqliteSilenceStore(this.db),
      transact: (fn) => this.db.tx(fn),
      newId: () => `id-${(this.#id += 1)}`,
      startedAt: this.now,
      decided: (group, flush) => {
        this.decisions.push(`${group.id} ${flush.kind === 'skip' ? flush.reason : flush.notification.reason}`);
        for (const fingerprint of flush.entry?.resolved ?? []) {
          if (!group.members.get(fingerprint)?.mute) continue;
          this.throughMutes.add(this.dispatcher.alert(fingerprint, this.now)?.labels.get('scenario') ?? '');
        }
      },
      effects: {
        notify: (notification) => {
          if (this.broken) throw new Error('broken effects');
          this.notifications.push(notification);
        },
        changed: (group) => this.changes.push({ at: this.now, group }),
        ended: (group) => this.ends.push({ at: this.now, group }),
      },
    });
  }

  /** A new process on the same database. */
  restart(): void {
    this.dispatcher = this.#start();
  }

  reload(yaml: string): void {
    this.#config = config(yaml);
    this.dispatcher.reload(this.#config, this.now);
  }

  /** Moves time to START + duration, running what is due. */
  async to(duration: string): Promise<void> {
    await advance(this.clock, [this.dispatcher], at(duration));
  }

  fire(text: string, more: AlertText = {}): Alert {
    const fired = alert(text, this.now, more);
    this.dispatcher.ingest([fired], this.now);
    return fired;
  }

  resolve(text: string): void {
    this.dispatcher.ingest([alert(text, this.now, { resolvedAt: this.now })], this.now);
  }

  silence(matchers: string, duration: string, more: Partial<SilenceDraft> = {}): string {
    const draft = {
      matcherSets: [parseMatchers(matchers)],
      startsAt: this.now,
      endsAt: this.now + parseDuration(duration)!,
      createdBy: 'asha',
      comment: 'maintenance',
      ...more,
    };
    return this.dispatcher.createSilence(draft, this.now).id;
  }

  /** What was said, one line each: `30s slack:{…} new_alerts firing a+ b-` (minus: ended). */
  told(): string[] {
    return this.notifications.map((n) => {
      const members = n.alerts.map(
        (a) => `${a.labels.get('model') || a.labels.get('alertname')}${endedAt(a) === undefined ? '+' : '-'}`,
      );
      return `${(n.at - START) / 1000}s ${n.integration.receiver} ${n.reason} ${n.status} ${members.join(' ')}`;
    });
  }
}

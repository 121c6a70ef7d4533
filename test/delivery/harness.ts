import type { BudgetUse } from '../../src/delivery/budget.ts';
import { type Courier, type CourierOptions, createCourier } from '../../src/delivery/courier.ts';
import type { Notifier } from '../../src/delivery/notifier.ts';
import {
  createOutbox,
  type Enqueue,
  type OutboxDraft,
  type OutboxEntry,
  type SendResult,
} from '../../src/delivery/outbox.ts';
import type { DeadReason } from '../../src/delivery/settle.ts';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { stateMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqliteOutboxStore } from '../../src/sqlite/outbox-store.ts';
import { advance } from '../../src/time/loop.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';

export const T0 = 1_790_000_000_000;

/** A small seeded generator (mulberry32), so that a failing run can be run again. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface Sent {
  readonly at: number;
  readonly destination: string;
  readonly payload: unknown;
  readonly id: string;
  readonly entry: OutboxEntry;
}

/** A notifier that answers from a script and keeps what reached the other side, as an outside witness. */
export class ScriptedNotifier implements Notifier {
  readonly kind: string;
  readonly attempts: Sent[] = [];
  readonly accepted: Sent[] = [];
  answer: (entry: OutboxEntry, attempt: number) => SendResult | Promise<SendResult> = () => ({ kind: 'sent' });
  uses: (entry: OutboxEntry) => readonly BudgetUse[] = () => [];
  simpler: (entry: OutboxEntry) => unknown = () => undefined;
  readonly #now: () => number;

  constructor(kind: string, now: () => number) {
    this.kind = kind;
    this.#now = now;
  }

  async send(entry: OutboxEntry): Promise<SendResult> {
    const sent = {
      at: this.#now() - T0,
      destination: entry.destination,
      payload: entry.payload,
      id: entry.id,
      entry,
    };
    this.attempts.push(sent);
    const result = await this.answer(entry, this.attempts.length);
    if (result.kind === 'sent' || (result.kind === 'retry' && result.ambiguous)) this.accepted.push(sent);
    return result;
  }

  budgets(entry: OutboxEntry): readonly BudgetUse[] {
    return this.uses(entry);
  }

  degrade(entry: OutboxEntry): unknown {
    return this.simpler(entry);
  }

  payloads(): unknown[] {
    return this.accepted.map((sent) => sent.payload);
  }
}

/** One bot's delivery half on a manual wire clock and a real database; `restart` drops everything that was in memory. */
export class World {
  readonly db = new Db(':memory:');
  readonly store: SqliteOutboxStore;
  readonly clock = new ManualClock(T0);
  readonly random: () => number;
  readonly slack: ScriptedNotifier;
  readonly pager: ScriptedNotifier;
  readonly dead: { entry: OutboxEntry; reason: DeadReason }[] = [];
  readonly late: OutboxEntry[] = [];
  readonly circuits: string[] = [];
  readonly log: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  readonly outcomes: string[] = [];
  overrides: Partial<CourierOptions> = {};
  courier: Courier;
  enqueue: Enqueue;

  constructor(seed = 1) {
    migrate(this.db, stateMigrations);
    this.store = new SqliteOutboxStore(this.db);
    this.random = seeded(seed);
    this.slack = new ScriptedNotifier('slack', () => this.clock.now());
    this.pager = new ScriptedNotifier('pagerduty', () => this.clock.now());
    this.enqueue = this.#outbox();
    this.courier = this.#courier();
  }

  restart(): void {
    this.enqueue = this.#outbox();
    this.courier = this.#courier();
  }

  put(draft: Partial<OutboxDraft> & { payload: unknown }): string {
    return this.enqueue({
      kind: 'slack',
      destination: 'slack:#ml-alerts',
      priority: 'P2',
      causedAt: this.clock.now(),
      ...draft,
    });
  }

  async until(offsetMs: number): Promise<void> {
    await advance(this.clock, [this.courier], T0 + offsetMs);
  }

  state(id: string): string {
    return this.store.entry(id)?.state ?? 'gone';
  }

  #outbox(): Enqueue {
    return createOutbox({
      store: this.store,
      wire: this.clock,
      random: this.random,
      onEnqueue: () => this.courier.wake(),
    }).enqueue;
  }

  #courier(): Courier {
    const line = (level: string) => (message: string, fields: Readonly<Record<string, unknown>>) => {
      this.log.push({ level, message, fields });
    };
    return createCourier({
      store: this.store,
      notifiers: [this.slack, this.pager],
      wire: this.clock,
      random: this.random,
      onDead: (entry, reason) => void this.dead.push({ entry, reason }),
      onLate: (entry) => void this.late.push(entry),
      onCircuit: (kind, state) => void this.circuits.push(`${kind} ${state}`),
      log: { info: line('info'), warn: line('warn'), error: line('error') },
      metrics: {
        attempted: (kind, result) => void this.outcomes.push(`${kind} ${result}`),
        undeliverable: (kind, reason) => void this.outcomes.push(`${kind} undeliverable ${reason}`),
      },
      ...this.overrides,
    });
  }
}

import type { Clock } from '../time/clock.ts';
import type { Job } from '../time/loop.ts';

/** The state of the whole loop at one instant of the wire's clock. */
export interface LoopState {
  /** When the alert that always fires last came newly evaluated through the feed into routing; undefined: not yet. */
  readonly seenAt: number | undefined;
  /** How old that may be: longer than two evaluations. */
  readonly staleAfterMs: number;
  readonly databaseAnswers: boolean;
  /** Slack refuses the bot's token. */
  readonly slackRefuses: boolean;
  /** How long interactions have not reached us; 0 while they do. */
  readonly disconnectedMs: number;
  /** Something was not delivered, and nobody could be told of it on any way. */
  readonly unheard: boolean;
}

/** Why no heartbeat is sent. */
export type Silence = 'no_watchdog' | 'stale' | 'database' | 'slack_refuses' | 'unheard' | 'slack_disconnected';

/** A socket is renewed every few hours; that takes seconds. */
const LONGEST_DISCONNECT_MS = 60_000;

/**
 * Whether the loop is whole: a rule evaluated, its alert stored, fed across and known to routing, the database and Slack there. What
 * is left is delivery, which proves itself by carrying the heartbeat. undefined: whole.
 */
export function brokenLink(state: LoopState, now: number): Silence | undefined {
  if (state.seenAt === undefined) return 'no_watchdog';
  if (now - state.seenAt > state.staleAfterMs) return 'stale';
  if (!state.databaseAnswers) return 'database';
  if (state.slackRefuses) return 'slack_refuses';
  if (state.unheard) return 'unheard';
  return state.disconnectedMs > LONGEST_DISCONNECT_MS ? 'slack_disconnected' : undefined;
}

export interface HeartbeatPorts {
  readonly wire: Clock;
  /** As configured now; undefined: nobody waits for a heartbeat. */
  readonly intervalMs: () => number | undefined;
  /** The freshest evaluation of the always firing alert that routing knows, as a domain instant; undefined where it is not firing. */
  readonly watchdogAt: () => number | undefined;
  readonly state: () => Omit<LoopState, 'seenAt'>;
  /** Puts one heartbeat into the outbox. */
  readonly send: (now: number) => void;
  /** Told when the reason changes; undefined: whole again. */
  readonly onChange: (silence: Silence | undefined) => void;
}

/** How often the loop is looked at where nobody waits for a heartbeat. */
const LOOK_EVERY_MS = 30_000;

/**
 * Proves to an outside watcher that alerts still arrive: its silence is the alarm. Belongs on the wire's loop. What it knows is lost
 * in a restart on purpose: a new process has to show anew that everything works.
 */
export class Heartbeat implements Job {
  readonly name = 'heartbeat';
  readonly #ports: HeartbeatPorts;
  #dueAt: number;
  #watchdogAt: number | undefined;
  #seenAt: number | undefined;
  #silence: Silence | undefined = 'no_watchdog';
  #wholeAt: number | undefined;

  constructor(ports: HeartbeatPorts) {
    this.#ports = ports;
    this.#dueAt = ports.wire.now();
  }

  nextDue(): number {
    // A clock that was set back must not put the next look out of reach.
    const now = this.#ports.wire.now();
    return this.#dueAt - now > this.#everyMs() ? now : this.#dueAt;
  }

  async run(now: number): Promise<void> {
    this.#dueAt = now + this.#everyMs();
    const silence = this.#look(now);
    if (silence !== this.#silence) {
      this.#silence = silence;
      this.#ports.onChange(silence);
    }
    if (silence !== undefined) return;
    this.#wholeAt = now;
    if (this.#ports.intervalMs() !== undefined) this.#ports.send(now);
  }

  /** What the last look found. */
  silence(): Silence | undefined {
    return this.#silence;
  }

  /** When the loop was last seen to be whole, on the wire's clock; undefined: not in this process. */
  wholeAt(): number | undefined {
    return this.#wholeAt;
  }

  #look(now: number): Silence | undefined {
    const at = this.#ports.watchdogAt();
    // An alert that was known before the restart proves nothing about this process.
    if (at !== undefined && this.#watchdogAt !== undefined && at > this.#watchdogAt) this.#seenAt = now;
    if (at === undefined) this.#seenAt = undefined;
    this.#watchdogAt = at ?? 0;
    return brokenLink({ ...this.#ports.state(), seenAt: this.#seenAt }, now);
  }

  #everyMs(): number {
    return this.#ports.intervalMs() ?? LOOK_EVERY_MS;
  }
}

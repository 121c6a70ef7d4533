import type { PartHealth } from '../api/operations.ts';
import type { Server } from '../api/server.ts';
import type { Audit } from '../audit/trail.ts';
import type { Config } from '../config/load.ts';
import type { Incidents } from '../incident/ports.ts';
import type { SilenceActs } from '../incident/silence-acts.ts';
import type { LocalObserverSettings } from '../observer/local.ts';
import type { Observer } from '../observer/port.ts';
import type { Dispatcher } from '../routing/dispatcher.ts';
import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import type { Job } from '../time/loop.ts';
import type { OnCall } from './on-call.ts';

/** The observing half, wherever it runs. `jobs` is empty where it drives itself in a thread. */
export interface RunningObserver {
  readonly observer: Observer;
  readonly jobs: readonly Job[];
  reload(settings: LocalObserverSettings): Promise<void>;
}

export interface AppOptions {
  readonly config: Config;
  /** Reads the configuration again; throws where it is bad, and nothing changes. */
  readonly reread: () => Config;
  /** Domain time. */
  readonly clock: Clock;
  /** Real time. */
  readonly wire: Clock;
  readonly startObserver: (settings: LocalObserverSettings) => Promise<RunningObserver>;
  /** File names, or `:memory:`. */
  readonly databases: { readonly state: string; readonly metrics: string };
  readonly log: Log;
  /** In [0, 1). */
  readonly random: () => number;
  readonly version: string;
}

/** The bot, composed and not yet moving: `jobs` want a loop (or a manual clock), `start` opens the doors. */
export interface App {
  /** On the domain's clock, in the order in which one instant's work should be done. */
  readonly domainJobs: readonly Job[];
  /** On the wire's clock. */
  readonly wireJobs: readonly Job[];
  readonly dispatcher: Dispatcher;
  readonly incidents: Incidents;
  readonly silences: SilenceActs;
  readonly onCall: OnCall;
  readonly audit: Audit;
  readonly observer: Observer;
  readonly health: () => readonly PartHealth[];
  readonly reload: () => Promise<readonly string[]>;
  /** How the app asks its loops to look at deadlines anew. */
  onWake(listener: () => void): void;
  /** Connects to Slack. Never throws: what cannot connect keeps trying. */
  connect(): void;
  listen(): Promise<Server>;
  /** Starts no more sends: call before the loops are stopped, whose courier would otherwise empty the outbox first. */
  stopSending(): void;
  /** Stops taking input; call after the loops have ended. */
  close(): Promise<void>;
}

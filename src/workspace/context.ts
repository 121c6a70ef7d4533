import type { FaultPlan } from './faults.ts';
import type { Manifest } from './manifest.ts';
import type { Channel, Message } from './model.ts';
import type { WorkspaceState } from './state.ts';
import type { JsonObject } from './strict/check.ts';
import type { TrafficLog } from './traffic.ts';
import type { Triggers } from './triggers.ts';

/** What every part of one workspace shares. */
export interface Context {
  readonly state: WorkspaceState;
  readonly manifest: Manifest;
  readonly traffic: TrafficLog;
  readonly faults: FaultPlan;
  readonly triggers: Triggers;
  readonly strict: boolean;
  readonly botToken: string;
  readonly appToken: string;
  /** `http://127.0.0.1:PORT`, without a trailing slash; known once the server listens. */
  baseUrl(): string;
  /** A fresh one-time Socket Mode address, or undefined when all connections are taken. */
  openConnection(): string | undefined;
  /** Tells the app about an event, if its manifest subscribes to it. */
  emit(event: JsonObject): void;
  /** Tells the app about a message in a channel it can see. */
  emitMessage(message: Message, channel: Channel, extra?: JsonObject): void;
}

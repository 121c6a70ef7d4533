import type { WorkspaceState } from './state.ts';
import type { JsonObject } from './strict/check.ts';

/** What the validator thought of a call: `refused` calls are the app's bugs, `warned` ones would bite later. */
export type Verdict = 'accepted' | 'warned' | 'refused';

export interface TrafficEntry {
  readonly id: number;
  /** Epoch ms of the workspace's clock. */
  readonly at: number;
  /** `api`: a Web API call; `envelope`: command, interaction or event to the app; `ack`: its answer; `response_url`; `fault`. */
  readonly kind: 'api' | 'envelope' | 'ack' | 'response_url' | 'fault' | 'note';
  /** Method, envelope type or path. */
  readonly name: string;
  readonly request: JsonObject;
  readonly response: unknown;
  readonly status: number;
  readonly verdict: Verdict;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly milliseconds: number;
}

export type TrafficDraft = Partial<Omit<TrafficEntry, 'id' | 'at' | 'verdict'>> & Pick<TrafficEntry, 'kind' | 'name'>;

const KEPT = 2_000;

/** The newest calls and envelopes, tokens removed. */
export class TrafficLog {
  readonly #entries: TrafficEntry[] = [];
  readonly #state: WorkspaceState;
  #next = 1;

  constructor(state: WorkspaceState) {
    this.#state = state;
  }

  add(draft: TrafficDraft): TrafficEntry {
    const errors = draft.errors ?? [];
    const warnings = draft.warnings ?? [];
    const entry: TrafficEntry = {
      request: {},
      response: undefined,
      status: 200,
      milliseconds: 0,
      ...draft,
      errors,
      warnings,
      id: this.#next,
      at: this.#state.now(),
      verdict: errors.length > 0 ? 'refused' : warnings.length > 0 ? 'warned' : 'accepted',
    };
    this.#next += 1;
    this.#entries.push(entry);
    if (this.#entries.length > KEPT) this.#entries.splice(0, this.#entries.length - KEPT);
    this.#state.announce({ kind: 'traffic', id: entry.id, verdict: entry.verdict });
    return entry;
  }

  /** Oldest first; `after` is an entry id. */
  since(after = 0): readonly TrafficEntry[] {
    return after === 0 ? [...this.#entries] : this.#entries.filter((entry) => entry.id > after);
  }

  clear(): void {
    this.#entries.length = 0;
  }
}

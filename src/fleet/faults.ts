/** What can be made to go wrong with a model. */
export const FAULTS = ['latency', 'errors', 'nulls', 'drift', 'down'] as const;
export type Fault = (typeof FAULTS)[number];

/** How long a fault takes to reach its full size, and to fade: real incidents seldom step. `down` alone is sudden. */
const RAMP_MS = 60_000;

/** The labelled truth: when a fault was on, in domain epoch ms, ends exclusive. `end` is undefined while it lasts. */
export interface FaultInterval {
  readonly model: string;
  readonly fault: Fault;
  readonly start: number;
  readonly end: number | undefined;
  /** The largest intensity it was set to, 0 to 1. */
  readonly intensity: number;
}

/** From `at` on the level moves from `level` towards `goal`. */
interface Turn {
  readonly at: number;
  readonly level: number;
  readonly goal: number;
}

/** Which faults were on when. What was said about the past never changes, so any moment can be asked for again. */
export class FaultLog {
  readonly #turns = new Map<string, Turn[]>();
  readonly #truth: FaultInterval[] = [];

  /** From `now` on; a moment before the last change of the same switch counts as that change's moment. */
  set(model: string, fault: Fault, intensity: number, now: number): void {
    const key = `${model} ${fault}`;
    const turns = this.#turns.get(key) ?? [];
    const last = turns.at(-1);
    const at = Math.max(now, last?.at ?? now);
    const goal = Math.max(0, Math.min(1, intensity));
    if ((last?.goal ?? 0) === goal) return;
    this.#turns.set(key, [...turns, { at, level: last ? levelAt(last, at, fault) : 0, goal }]);
    this.#note(model, fault, goal, at);
  }

  /** 0 (healthy) to 1 at `t`. */
  level(model: string, fault: Fault, t: number): number {
    const turns = this.#turns.get(`${model} ${fault}`);
    if (!turns) return 0;
    const turn = turns.findLast((candidate) => candidate.at <= t);
    return turn ? levelAt(turn, t, fault) : 0;
  }

  /** What a switch was last set to. */
  goal(model: string, fault: Fault): number {
    return this.#turns.get(`${model} ${fault}`)?.at(-1)?.goal ?? 0;
  }

  truth(): readonly FaultInterval[] {
    return [...this.#truth];
  }

  #note(model: string, fault: Fault, goal: number, at: number): void {
    const open = this.#truth.findIndex((i) => i.model === model && i.fault === fault && i.end === undefined);
    const interval = this.#truth[open];
    if (!interval) this.#truth.push({ model, fault, start: at, end: undefined, intensity: goal });
    else if (goal === 0) this.#truth[open] = { ...interval, end: at };
    else this.#truth[open] = { ...interval, intensity: Math.max(interval.intensity, goal) };
  }
}

function levelAt(turn: Turn, t: number, fault: Fault): number {
  if (fault === 'down') return turn.goal;
  const step = (t - turn.at) / RAMP_MS;
  return turn.goal >= turn.level ? Math.min(turn.goal, turn.level + step) : Math.max(turn.goal, turn.level - step);
}

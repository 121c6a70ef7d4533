import { compareLanes } from './order.ts';
import type { Lane, LaneKey, OutboxStore } from './store.ts';

/**
 * The outbox's lanes in memory, by destination and in the order they may go, kept up by asking the store only for what changed:
 * a storm of rows must not be read again for each one sent. A lane that is out of date is found out when its row is claimed.
 */
export class Lanes {
  readonly #store: OutboxStore;
  readonly #byDestination = new Map<string, Lane[]>();
  readonly #byKey = new Map<string, Lane>();
  /** Lanes whose first row an earlier process died with. */
  readonly #suspects = new Set<Lane>();
  #known = false;

  constructor(store: OutboxStore) {
    this.#store = store;
  }

  /** Whether the store has changes that were not read, beyond what was never read at all. */
  isBehind(): boolean {
    return this.#known && this.#store.hasChanges();
  }

  /** Reads what changed. */
  update(): void {
    const changes = this.#store.takeChanges();
    if (this.#known) for (const key of changes) this.refresh(key);
    else for (const lane of this.#store.lanes()) this.#put(lane);
    this.#known = true;
  }

  /** Forgets everything: what was read may have been rolled back. */
  forget(): void {
    this.#byDestination.clear();
    this.#byKey.clear();
    this.#suspects.clear();
    this.#known = false;
  }

  /** Reads one lane again, after its first row went. */
  refresh(key: LaneKey): void {
    const known = this.#byKey.get(text(key));
    if (known) this.#remove(known);
    const lane = this.#store.lane(key);
    if (lane) this.#put(lane);
  }

  destinations(): IterableIterator<string> {
    return this.#byDestination.keys();
  }

  /** Most urgent first, then oldest. Not to be kept: the next change alters it. */
  of(destination: string): readonly Lane[] {
    return this.#byDestination.get(destination) ?? [];
  }

  /** Lanes whose first row an earlier process died with that often. */
  suspects(crashes: number): Lane[] {
    return [...this.#suspects].filter((lane) => lane.crashes >= crashes).toSorted(compareLanes);
  }

  #put(lane: Lane): void {
    this.#byKey.set(text(lane), lane);
    if (lane.crashes > 0) this.#suspects.add(lane);
    const lanes = this.#byDestination.get(lane.destination);
    if (lanes) lanes.splice(placeOf(lane, lanes), 0, lane);
    else this.#byDestination.set(lane.destination, [lane]);
  }

  #remove(lane: Lane): void {
    this.#byKey.delete(text(lane));
    this.#suspects.delete(lane);
    const lanes = this.#byDestination.get(lane.destination);
    const place = lanes ? placeOf(lane, lanes) : 0;
    if (lanes?.[place] === lane) lanes.splice(place, 1);
    if (lanes?.length === 0) this.#byDestination.delete(lane.destination);
  }
}

/** The index of the first lane that does not come before this one. */
function placeOf(lane: Lane, lanes: readonly Lane[]): number {
  let low = 0;
  let high = lanes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = lanes[middle];
    if (other && compareLanes(other, lane) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function text({ destination, lane }: LaneKey): string {
  return `${destination}\n${lane}`;
}

import type { Labels } from '../labels/labels.ts';
import { type Matcher, matchesAll } from '../labels/matcher.ts';

/** Anything that has a label set can be indexed. */
export interface Labelled {
  readonly labels: Labels;
}

/** Prometheus' order of label sets: by name, then value, pair after pair; a set that is a prefix of another comes first. */
export function compareLabels(a: Labels, b: Labels): number {
  const shared = Math.min(a.size, b.size);
  for (let i = 0; i < shared; i++) {
    if (a.nameAt(i) !== b.nameAt(i)) return a.nameAt(i) < b.nameAt(i) ? -1 : 1;
    if (a.valueAt(i) !== b.valueAt(i)) return a.valueAt(i) < b.valueAt(i) ? -1 : 1;
  }
  return a.size - b.size;
}

const MOST_MEMOS = 10_000;

/** Which items bear which label: name → value → items. Answers are remembered until the set of items changes. */
export class Postings<T extends Labelled> {
  readonly #all = new Set<T>();
  readonly #byName = new Map<string, Map<string, Set<T>>>();
  readonly #answers = new Map<string, readonly T[]>();

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#all[Symbol.iterator]();
  }

  add(item: T): void {
    this.#answers.clear();
    this.#all.add(item);
    for (const [name, value] of item.labels) {
      let values = this.#byName.get(name);
      if (!values) this.#byName.set(name, (values = new Map()));
      const items = values.get(value);
      if (items) items.add(item);
      else values.set(value, new Set([item]));
    }
  }

  remove(item: T): void {
    this.#answers.clear();
    this.#all.delete(item);
    for (const [name, value] of item.labels) {
      const values = this.#byName.get(name);
      const items = values?.get(value);
      items?.delete(item);
      if (items?.size === 0) values?.delete(value);
      if (values?.size === 0) this.#byName.delete(name);
    }
  }

  /** Items that all matchers accept, in the order of their labels. */
  match(matchers: readonly Matcher[]): readonly T[] {
    const key = matchers.map((m) => JSON.stringify([m.name, m.operator, m.value])).join();
    const known = this.#answers.get(key);
    if (known) return known;
    const found: T[] = [];
    for (const item of this.#candidates(matchers)) if (matchesAll(matchers, item.labels)) found.push(item);
    found.sort((a, b) => compareLabels(a.labels, b.labels));
    if (this.#answers.size >= MOST_MEMOS) this.#answers.clear();
    this.#answers.set(key, found);
    return found;
  }

  /** The smallest set that an index offers; a superset of the answer. Matchers that accept the empty value offer none. */
  #candidates(matchers: readonly Matcher[]): Iterable<T> {
    let best: Set<T> | undefined;
    let regex: Matcher | undefined;
    for (const m of matchers) {
      if (m.matches('')) continue;
      if (m.operator === '=') {
        const items = this.#byName.get(m.name)?.get(m.value);
        if (!items) return [];
        if (!best || items.size < best.size) best = items;
      } else if (m.operator === '=~') regex ??= m;
    }
    if (best) return best;
    return regex ? this.#accepted(regex) : this.#all;
  }

  *#accepted(m: Matcher): Iterable<T> {
    for (const [value, items] of this.#byName.get(m.name) ?? []) if (m.matches(value)) yield* items;
  }
}

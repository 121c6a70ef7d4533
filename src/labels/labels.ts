/** One label: name and value. A label with an empty value is the same as no label (Prometheus' data model). */
export type Label = readonly [name: string, value: string];

/**
 * An immutable label set, sorted by name in code-unit order. Values may hold any well-formed Unicode; lone surrogates are
 * replaced at construction, because they do not survive SQLite. Built on pairs, not on an object, so that names such as
 * `__proto__` or `constructor` are ordinary.
 */
export class Labels implements Iterable<Label> {
  static readonly empty: Labels = new Labels([]);
  readonly pairs: readonly Label[];
  #key: string | undefined;

  private constructor(pairs: readonly Label[]) {
    this.pairs = pairs;
  }

  /** Drops empty values; of duplicate names the last wins. */
  static of(source: Iterable<Label> | Readonly<Record<string, string>>): Labels {
    const entries = Symbol.iterator in source ? (source as Iterable<Label>) : Object.entries(source);
    const pairs: Label[] = [];
    let isSorted = true;
    let hasEmpty = false;
    let before: string | undefined;
    for (const entry of entries) {
      const [given, text] = entry;
      const name = given.toWellFormed();
      const value = text.toWellFormed();
      isSorted &&= before === undefined || before < name;
      hasEmpty ||= value === '';
      before = name;
      // Nearly all are kept as they came: ten thousand alerts have a hundred thousand pairs.
      pairs.push(name === given && value === text ? entry : [name, value]);
    }
    const unique = isSorted ? pairs : sorted(pairs);
    const filled = hasEmpty ? unique.filter(([, value]) => value !== '') : unique;
    return filled.length === 0 ? Labels.empty : new Labels(filled);
  }

  /** The value of `name`, or '' where it is absent. */
  get(name: string): string {
    for (const [n, value] of this.pairs) if (n === name) return value;
    return '';
  }

  has(name: string): boolean {
    return this.pairs.some(([n]) => n === name);
  }

  get size(): number {
    return this.pairs.length;
  }

  names(): string[] {
    return this.pairs.map(([name]) => name);
  }

  /** A copy with these labels set; an empty value removes. */
  with(changes: Iterable<Label> | Readonly<Record<string, string>>): Labels {
    const entries = Symbol.iterator in changes ? (changes as Iterable<Label>) : Object.entries(changes);
    return Labels.of([...this.pairs, ...entries]);
  }

  without(...names: readonly string[]): Labels {
    return this.filter((name) => !names.includes(name));
  }

  keep(...names: readonly string[]): Labels {
    return this.filter((name) => names.includes(name));
  }

  filter(keep: (name: string, value: string) => boolean): Labels {
    const pairs = this.pairs.filter(([name, value]) => keep(name, value));
    if (pairs.length === this.pairs.length) return this;
    return pairs.length === 0 ? Labels.empty : new Labels(pairs);
  }

  /** Canonical text, equal exactly for equal sets; usable as a Map key. Not for people: see `toString`. */
  get key(): string {
    // Lengths instead of separators: any character may stand in a value.
    this.#key ??= this.pairs.map(([name, value]) => `${name.length}:${name}${value.length}:${value}`).join('');
    return this.#key;
  }

  equals(other: Labels): boolean {
    return this === other || this.key === other.key;
  }

  [Symbol.iterator](): Iterator<Label> {
    return this.pairs[Symbol.iterator]();
  }

  /** For JSON. `__proto__` is an own property like any other; still, names that come from outside are not to be looked up in it. */
  toJSON(): Record<string, string> {
    return Object.fromEntries(this.pairs);
  }

  /** `{a="x", b="y"}` as Prometheus prints it, names quoted where they are not plain identifiers. */
  toString(): string {
    return `{${this.pairs.map(([name, value]) => `${quoteName(name)}=${JSON.stringify(value)}`).join(', ')}}`;
  }
}

/** By name, each name once: the last of equal names. */
function sorted(pairs: Label[]): Label[] {
  pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return pairs.filter(([name], index) => pairs[index + 1]?.[0] !== name);
}

const PLAIN_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function quoteName(name: string): string {
  return PLAIN_NAME.test(name) ? name : JSON.stringify(name);
}

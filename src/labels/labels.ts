/** One label: name and value. A label with an empty value is the same as no label (Prometheus' data model). */
export type Label = readonly [name: string, value: string];

/**
 * An immutable label set, sorted by name in code-unit order. Values may hold any well-formed Unicode; lone surrogates are
 * replaced at construction, because they do not survive SQLite. Not built on an object, so that names such as `__proto__` or
 * `constructor` are ordinary.
 */
export class Labels implements Iterable<Label> {
  static readonly empty: Labels = new Labels([]);
  /** A name, its value, the next name …: ten thousand alerts would have a hundred thousand pairs to be kept and collected. */
  readonly #flat: readonly string[];
  #key: string | undefined;

  private constructor(flat: readonly string[]) {
    this.#flat = flat;
  }

  /** Drops empty values; of duplicate names the last wins. */
  static of(source: Iterable<Label> | Readonly<Record<string, string>>): Labels {
    if (source instanceof Labels) return source;
    const flat: string[] = [];
    if (Symbol.iterator in source) for (const [name, value] of source as Iterable<Label>) insert(flat, name, value);
    else for (const name of Object.keys(source)) insert(flat, name, source[name] ?? '');
    return Labels.#filled(flat);
  }

  /** @param flat sorted, equal names in order of arrival */
  static #filled(flat: readonly string[]): Labels {
    const kept: string[] = [];
    for (let at = 0; at < flat.length; at += 2) {
      const name = flat[at] ?? '';
      const value = flat[at + 1] ?? '';
      if (value !== '' && name !== flat[at + 2]) kept.push(name, value);
    }
    // A copy has no room to grow into.
    return kept.length === 0 ? Labels.empty : new Labels(kept.slice());
  }

  /** The value of `name`, or '' where it is absent. */
  get(name: string): string {
    const flat = this.#flat;
    for (let at = 0; at < flat.length; at += 2) if (flat[at] === name) return flat[at + 1] ?? '';
    return '';
  }

  has(name: string): boolean {
    return this.get(name) !== '';
  }

  get size(): number {
    return this.#flat.length / 2;
  }

  /** The name at a place below `size`, in order. */
  nameAt(index: number): string {
    return this.#flat[2 * index] ?? '';
  }

  /** The value of that name. */
  valueAt(index: number): string {
    return this.#flat[2 * index + 1] ?? '';
  }

  /** Made anew each time: what is done for thousands of alerts uses `nameAt` and `valueAt`. */
  get pairs(): Label[] {
    return Array.from({ length: this.size }, (_, index): Label => [this.nameAt(index), this.valueAt(index)]);
  }

  names(): string[] {
    return Array.from({ length: this.size }, (_, index) => this.nameAt(index));
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
    const kept: string[] = [];
    for (let index = 0; index < this.size; index += 1) {
      const name = this.nameAt(index);
      const value = this.valueAt(index);
      if (keep(name, value)) kept.push(name, value);
    }
    if (kept.length === this.#flat.length) return this;
    return kept.length === 0 ? Labels.empty : new Labels(kept);
  }

  /** Canonical text, equal exactly for equal sets; usable as a Map key. Not for people: see `toString`. */
  get key(): string {
    // Lengths instead of separators: any character may stand in a value.
    this.#key ??= this.#flat.map((text) => `${text.length}:${text}`).join('');
    return this.#key;
  }

  equals(other: Labels): boolean {
    if (this === other) return true;
    const flat = other.#flat;
    return this.#flat.length === flat.length && this.#flat.every((text, at) => text === flat[at]);
  }

  [Symbol.iterator](): Iterator<Label> {
    return this.pairs[Symbol.iterator]();
  }

  /** For JSON. `__proto__` is an own property like any other; still, names that come from outside are not to be looked up in it. */
  toJSON(): Record<string, string> {
    const record: Record<string, string> = {};
    for (let index = 0; index < this.size; index += 1) {
      const name = this.nameAt(index);
      if (name === '__proto__') return Object.fromEntries(this.pairs);
      record[name] = this.valueAt(index);
    }
    return record;
  }

  /** `{a="x", b="y"}` as Prometheus prints it, names quoted where they are not plain identifiers. */
  toString(): string {
    return `{${this.pairs.map(([name, value]) => `${quoteName(name)}=${JSON.stringify(value)}`).join(', ')}}`;
  }
}

/** Puts a label behind those whose names are smaller or equal. Most come in order, and few are many. */
function insert(flat: string[], name: string, value: string): void {
  const wellFormed = name.toWellFormed();
  const text = value.toWellFormed();
  let at = flat.length;
  flat.push(wellFormed, text);
  while (at > 0 && (flat[at - 2] ?? '') > wellFormed) {
    flat[at] = flat[at - 2] ?? '';
    flat[at + 1] = flat[at - 1] ?? '';
    at -= 2;
  }
  flat[at] = wellFormed;
  flat[at + 1] = text;
}

const PLAIN_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function quoteName(name: string): string {
  return PLAIN_NAME.test(name) ? name : JSON.stringify(name);
}

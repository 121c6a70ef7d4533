/**
 * The least instant in a column, without asking the database each time: never later than the truth, earlier where the row that had it is
 * gone. Whoever finds that nothing is due at the bound calls `passed`.
 */
export class LowerBound {
  readonly #read: () => number | null | undefined;
  #at: number | undefined;
  #known = false;

  /** @param read the least instant that stands in the database; null or undefined where there is none */
  constructor(read: () => number | null | undefined) {
    this.#read = read;
  }

  get at(): number | undefined {
    if (!this.#known) {
      this.#at = this.#read() ?? undefined;
      this.#known = true;
    }
    return this.#at;
  }

  /** A row came, or came back. One that is rolled back leaves the bound too early, which is allowed. */
  came(at: number): void {
    if (this.#known && (this.#at === undefined || at < this.#at)) this.#at = at;
  }

  /** Time went past the bound: it is read anew. */
  passed(): void {
    this.#known = false;
  }
}

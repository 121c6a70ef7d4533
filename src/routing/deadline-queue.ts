interface Deadline {
  readonly id: string;
  readonly at: number;
  readonly seq: number;
}

/** Which of many things is due next. Setting a deadline anew replaces the old one. Ties come out in the order they were set. */
export class DeadlineQueue {
  readonly #current = new Map<string, Deadline>();
  /** A binary heap; entries that no longer agree with `#current` are dropped when they reach the top. */
  readonly #heap: Deadline[] = [];
  #seq = 0;

  set(id: string, at: number | undefined): void {
    const known = this.#current.get(id);
    if (known?.at === at) return;
    if (at === undefined) {
      this.#current.delete(id);
      return;
    }
    this.#seq += 1;
    const deadline = { id, at, seq: this.#seq };
    this.#current.set(id, deadline);
    this.#push(deadline);
  }

  /** The earliest deadline. */
  next(): number | undefined {
    return this.#top()?.at;
  }

  /** Everything due at `now`, the earliest first. It stays in the queue until its deadline is set anew. */
  due(now: number): string[] {
    const found: Deadline[] = [];
    for (let top = this.#top(); top && top.at <= now; top = this.#top()) {
      found.push(top);
      this.#pop();
    }
    for (const deadline of found) this.#push(deadline);
    return found.map(({ id }) => id);
  }

  #top(): Deadline | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (!top || this.#current.get(top.id) === top) return top;
      this.#pop();
    }
  }

  #before(a: number, b: number): boolean {
    const left = this.#heap[a];
    const right = this.#heap[b];
    if (!left || !right) return false;
    return left.at !== right.at ? left.at < right.at : left.seq < right.seq;
  }

  #swap(a: number, b: number): void {
    const left = this.#heap[a];
    const right = this.#heap[b];
    if (!left || !right) return;
    this.#heap[a] = right;
    this.#heap[b] = left;
  }

  #push(deadline: Deadline): void {
    let index = this.#heap.push(deadline) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (this.#heap.length === 0 || !last) return;
    this.#heap[0] = last;
    let index = 0;
    for (;;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) if (this.#before(child, least)) least = child;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }
}

interface Turn {
  /** Smaller is sooner. */
  rank: number;
  work: () => void;
}

/** Does what can wait a moment, one piece per task: between two of them the browser answers a press and paints. */
export class Turns {
  readonly #waiting = new Map<object, Turn>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** A piece that waits already takes its new rank. */
  add(whose: object, rank: number, work: () => void): void {
    this.#waiting.set(whose, { rank, work });
    this.#timer ??= setTimeout(() => this.#next());
  }

  cancel(whose: object): void {
    this.#waiting.delete(whose);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
  }

  #next(): void {
    this.#timer = undefined;
    let first: [object, Turn] | undefined;
    for (const one of this.#waiting) if (first === undefined || one[1].rank < first[1].rank) first = one;
    if (first === undefined) return;
    this.#waiting.delete(first[0]);
    first[1].work();
    if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => this.#next());
  }
}

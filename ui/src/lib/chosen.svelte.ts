import { untrack } from 'svelte';

/** Whether one of many is the chosen one. */
class Mark {
  on: boolean;
  constructor(on: boolean) {
    this.on = $state(on);
  }
}

/**
 * One of many, such as the card in front of a thousand. Each has a mark of its own, so that a move is told to the two it is about; a
 * SvelteSet would tell all whom it does not hold.
 */
export class Chosen {
  #id = $state<string | null>(null);
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- each mark is state of its own; that there are more of them concerns nobody.
  readonly #marks = new Map<string, Mark>();

  get id(): string | null {
    return this.#id;
  }

  set id(next: string | null) {
    const left = untrack(() => this.#id);
    if (left === next) return;
    this.#id = next;
    if (left !== null) this.markOf(left).on = false;
    if (next !== null) this.markOf(next).on = true;
  }

  /** To be asked for as a component begins, not in what follows the mark: state that is made there is not followed there. */
  markOf(id: string): { on: boolean } {
    const known = this.#marks.get(id);
    if (known !== undefined) return known;
    const mark = new Mark(untrack(() => this.#id) === id);
    this.#marks.set(id, mark);
    return mark;
  }
}

import type { Desk } from '#lib/desk.svelte.ts';

/** The desk of the page that is open: what keys and the palette act on. Null on pages without cards. */
class DeskInFront {
  now = $state.raw<Desk | null>(null);

  /** Returns what takes it away again. */
  put(desk: Desk): () => void {
    this.now = desk;
    return () => {
      if (this.now === desk) this.now = null;
    };
  }
}

export const desk_in_front = new DeskInFront();

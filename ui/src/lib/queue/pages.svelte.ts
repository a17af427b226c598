import { SvelteSet } from 'svelte/reactivity';

import type { Card } from '#lib/card/card.ts';
import type { Desk } from '#lib/desk.svelte.ts';
import { idsOf } from '#lib/merge.ts';
import { more_path } from '#lib/paths.ts';

interface Page {
  cards: Card[];
  next_cursor: string | null;
}

/** The pages of a list behind its first one, and what was put off: fetched when somebody gets there, and appended to the desk. */
export class Pages {
  /** Where the list goes on; null at its end. */
  next_cursor = $state<string | null>(null);
  state = $state<'idle' | 'loading' | 'failed'>('idle');
  snoozed = $state<'folded' | 'loading' | 'failed' | 'shown'>('folded');
  readonly #desk: Desk;
  /** The list's filters, as they stand in the address. */
  #params = new URLSearchParams();
  readonly #appended = new SvelteSet<string>();
  /** By which addresses pages were fetched, to read them again after changes were missed. */
  #read: URLSearchParams[] = [];

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Another list, by its address: nothing of it is fetched yet. */
  reset(search: string, next_cursor: string | null): void {
    this.#params = new URLSearchParams(search);
    this.next_cursor = next_cursor;
    this.state = 'idle';
    this.snoozed = 'folded';
    this.#appended.clear();
    this.#read = [];
  }

  /** A newer first page of the same list. As long as nothing is appended, its end is where the list goes on. */
  first(next_cursor: string | null): void {
    if (this.#read.length === 0) this.next_cursor = next_cursor;
  }

  /** The first page with the appended ones behind it, which it knows nothing of. */
  behind(first: Card[]): Card[] {
    const listed = idsOf(first);
    return [...first, ...this.#desk.cards.filter(({ id }) => this.#appended.has(id) && !listed.has(id))];
  }

  async more(): Promise<void> {
    if (this.state === 'loading' || this.next_cursor === null) return;
    this.state = 'loading';
    const asked = this.#with({ cursor: this.next_cursor });
    const page = await fetched(asked);
    // Another list may have come meanwhile.
    if (asked.get('list') !== this.#listKey()) return;
    if (page === null) {
      this.state = 'failed';
      return;
    }
    this.state = 'idle';
    this.next_cursor = page.next_cursor;
    this.#append(asked, page.cards);
  }

  async showSnoozed(): Promise<void> {
    if (this.snoozed === 'loading' || this.snoozed === 'shown') return;
    this.snoozed = 'loading';
    const asked = this.#with({ snoozed: 'only' });
    const page = await fetched(asked);
    if (asked.get('list') !== this.#listKey()) return;
    this.snoozed = page === null ? 'failed' : 'shown';
    if (page !== null) this.#append(asked, page.cards);
  }

  /** Changes may have been missed: what was appended is read again. */
  async catchUp(): Promise<void> {
    for (const asked of [...this.#read]) for (const card of (await fetched(asked))?.cards ?? []) this.#put(card);
  }

  #append(asked: URLSearchParams, cards: Card[]): void {
    this.#read.push(asked);
    const known = idsOf(this.#desk.cards);
    for (const card of cards) this.#appended.add(card.id);
    this.#desk.cards = [...this.#desk.cards, ...cards.filter(({ id }) => !known.has(id))];
  }

  #put(card: Card): void {
    if (this.#desk.cards.some(({ id }) => id === card.id)) this.#desk.put(card);
    else {
      this.#appended.add(card.id);
      this.#desk.cards = [...this.#desk.cards, card];
    }
  }

  #listKey(): string {
    return this.#params.toString();
  }

  #with(more: Record<string, string>): URLSearchParams {
    return new URLSearchParams({ ...Object.fromEntries(this.#params), ...more, list: this.#listKey() });
  }
}

async function fetched(params: URLSearchParams): Promise<Page | null> {
  const wanted = new URLSearchParams(params);
  wanted.delete('list');
  wanted.delete('show');
  const answer = await fetch(`${more_path}?${wanted}`).catch(() => null);
  return answer?.ok === true ? await answer.json() : null;
}

import { tick } from 'svelte';
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { applyAction, type SubmitFunction } from '$app/forms';
import { invalidate } from '$app/navigation';

import type { Card } from '#lib/card/card.ts';
import type { ActDone, ActRefused, Verb } from '#lib/acts.ts';
import { clock } from '#lib/clock.svelte.ts';
import { live_data } from '#lib/live-data.ts';
import { live } from '#lib/live.svelte.ts';
import { merged } from '#lib/merge.ts';
import { said } from '#lib/said.ts';

const no_answer =
  'Not decided yet, as far as we know: the server did not answer. Try again when the connection is back; deciding twice does no harm.';

const rest_ms = 1_000;

/** The cards in front of a person, and what they are doing with them. A card stays where it is when it is decided, here or elsewhere. */
export class Desk {
  cards = $state.raw<Card[]>([]);
  /** The act under way, by proposal. */
  readonly busy = new SvelteMap<string, Verb>();
  /** What the last act could not do, by proposal. */
  readonly refusals = new SvelteMap<string, string>();
  /** Changed a moment ago: cannot be approved yet. */
  readonly resting = new SvelteSet<string>();
  /** For screen readers: what was decided last. */
  announcement = $state('');
  /** Cards that came in above what the person is looking at. */
  above = $state(0);
  /** The person moved on to this card. */
  current = $state<string | null>(null);
  /** Whom decisions are shown as "you" to: the wire names people by their email. */
  readonly #email: string;

  constructor(email: string, cards: Card[]) {
    this.#email = email;
    this.reset(cards);
  }

  /** Another list: other filters, another page. */
  reset(cards: Card[]): void {
    this.cards = cards;
    this.current = cards.find(isFull)?.id ?? null;
    this.above = 0;
    this.refusals.clear();
  }

  /** A newer state of the same list; returns the cards it no longer holds. */
  async receive(incoming: Card[]): Promise<string[]> {
    const shown = this.cards.map((card) => card.id);
    const anchor = anchorOf(this.cards);
    const top_before = anchor?.getBoundingClientRect().top ?? 0;
    const cards = merged(this.cards, incoming);
    for (const card of cards) this.#warnOfChange(card);
    const anchor_index = cards.findIndex((card) => elementIdOf(card.id) === anchor?.id);
    const added_above = cards.slice(0, Math.max(0, anchor_index)).filter((card) => !shown.includes(card.id)).length;
    this.cards = cards;
    this.current ??= cards.find(isFull)?.id ?? null;
    if (added_above > 0) {
      // What a finger is about to touch must not move: the page scrolls by what was put above.
      await tick();
      window.scrollBy({ top: (anchor?.getBoundingClientRect().top ?? 0) - top_before, behavior: 'instant' });
      this.above += added_above;
    }
    return shown.filter((id) => !incoming.some((card) => card.id === id));
  }

  /** A newer state of one card. An older answer that comes late changes nothing. */
  put(view: Card): void {
    const at = this.cards.findIndex((card) => card.id === view.id);
    const known = this.cards[at];
    if (known === undefined) this.cards = [view, ...this.cards];
    else if (Date.parse(view.updated_at) >= Date.parse(known.updated_at)) {
      this.#warnOfChange(view);
      this.cards = this.cards.with(at, view);
    }
  }

  /** What a person was reading must not become something else under their finger: it says so, and approving rests for a moment. */
  #warnOfChange(view: Card): void {
    const known = this.cards.find((card) => card.id === view.id);
    if (known?.status !== 'pending' || view.status !== 'pending' || known.payload_hash === view.payload_hash) return;
    this.refusals.set(view.id, `This changed while it was in front of you. It is version ${view.version} now; read it before you decide.`);
    this.resting.add(view.id);
    setTimeout(() => this.resting.delete(view.id), rest_ms);
  }

  /** For `use:enhance` of a form that acts on one card. */
  act(id: string, verb: Verb): SubmitFunction<ActDone, ActRefused> {
    return ({ cancel }) => {
      if (this.busy.has(id)) return cancel();
      this.busy.set(id, verb);
      this.refusals.delete(id);
      return async ({ result }) => {
        if (result.type === 'redirect') return applyAction(result);
        this.busy.delete(id);
        if (result.type === 'success' && result.data) {
          clock.tick();
          this.put(result.data.view);
          this.announcement = said(result.data.verb, result.data.view, this.#email);
          await this.#moveOn(result.data);
          // The stream tells of it too, when there is one.
          if (live.state !== 'live') void invalidate(live_data);
        } else if (result.type === 'failure' && result.data) {
          if (result.data.view !== null) this.put(result.data.view);
          this.refusals.set(id, result.data.message);
        } else {
          this.refusals.set(id, result.type === 'error' && result.status !== undefined ? result.error.message : no_answer);
        }
      };
    };
  }

  isMine(decided_by: string): boolean {
    return decided_by === this.#email;
  }

  /** After a decision the next card is there and has the focus; after an undo, or what leaves a card waiting, that card. */
  async #moveOn({ verb, view }: ActDone): Promise<void> {
    const at = this.cards.findIndex((card) => card.id === view.id);
    const back = verb !== 'approve' && verb !== 'reject' && verb !== 'resolve' && verb !== 'snooze';
    const next = back ? view : (this.cards.slice(at + 1).find(isFull) ?? this.cards.find(isFull));
    this.current = next?.id ?? null;
    await tick();
    const element = document.getElementById(elementIdOf(next?.id ?? view.id));
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: 'start' });
  }
}

const element_prefix = 'card-';
export const elementIdOf = (proposal_id: string): string => element_prefix + proposal_id;
export const cardIdOf = (element_id: string): string => element_id.slice(element_prefix.length);

/** Shown in full because a person has something to do about it; the others are a line. */
export function isFull(card: Card): boolean {
  return (card.status === 'pending' && !isAsleep(card)) || card.status === 'failed' || card.status === 'unknown';
}

/** Put off by a person. */
export function isAsleep(card: Card): boolean {
  return card.status === 'pending' && card.flags.includes('snoozed');
}

/** The first card that is still in sight below the top bar. */
function anchorOf(cards: Card[]): HTMLElement | null {
  const bar_px = 64;
  const elements = cards.map((card) => document.getElementById(elementIdOf(card.id)));
  return elements.find((element) => element !== null && element.getBoundingClientRect().bottom > bar_px) ?? null;
}

import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { tick } from 'svelte';
import { applyAction, type SubmitFunction } from '$app/forms';
import { invalidate } from '$app/navigation';

import type { ActDone, ActRefused, FieldError, Verb } from '#lib/acts.ts';
import { anchorIn, showCard } from '#lib/card-element.ts';
import { type Card, isAsleep, isFull, newer } from '#lib/card/card.ts';
import { Chosen } from '#lib/chosen.svelte.ts';
import { clock } from '#lib/clock.svelte.ts';
import { live_data } from '#lib/live-data.ts';
import { live } from '#lib/live.svelte.ts';
import { byId, idsOf, merged } from '#lib/merge.ts';
import { press } from '#lib/press.ts';
import { said } from '#lib/said.ts';
import { isOpen } from '#domain/proposal.ts';

const no_answer =
  'Not decided yet, as far as we know: the server did not answer. Try again when the connection is back; deciding twice does no harm.';

const rest_ms = 1_000;
/** A batch holds no more (domain/inbox.ts). */
const selected_max = 100;

/** The cards in front of a person, and what they are doing with them. A card stays where it is when it is decided, here or elsewhere. */
export class Desk {
  cards = $state.raw<Card[]>([]);
  /** Approved and not started: whoever may can still take them back, from any device. */
  approved = $state.raw<Card[]>([]);
  /** The act under way, by proposal. */
  readonly busy = new SvelteMap<string, Verb>();
  /** What the last act could not do, by proposal. */
  readonly refusals = new SvelteMap<string, string>();
  /** What is wrong with an edit, by proposal. */
  readonly errors = new SvelteMap<string, FieldError[]>();
  /** Changed a moment ago: cannot be approved yet. */
  readonly resting = new SvelteSet<string>();
  /** The server asks for a passkey before these are approved. */
  readonly passkey_wanted = new SvelteSet<string>();
  /** The card whose approval was pressed once and waits for the second press, and of which version. */
  confirming = $state.raw<{ id: string; payload_hash: string } | null>(null);
  /** The card whose draft is being edited. */
  editing = $state<string | null>(null);
  /** Whether cards can be ticked, to decide several at once. */
  selecting = $state(false);
  readonly selected = new SvelteSet<string>();
  /** For screen readers: what was decided last. */
  announcement = $state('');
  /** Cards that came in above what the person is looking at. */
  above = $state(0);
  readonly #current = new Chosen();
  /** Whom decisions are shown as "you" to: the wire names people by their email. */
  readonly #email: string;

  /** The desk of one card on its own page: it stays in front, and there is nothing to move to or to pick from. */
  readonly alone: boolean;

  constructor(email: string, cards: Card[], { alone = false } = {}) {
    this.#email = email;
    this.alone = alone;
    this.reset(cards);
  }

  /** In the order in which they are shown: what was put off comes last. */
  readonly shown = $derived([...this.cards.filter((card) => !isAsleep(card)), ...this.cards.filter(isAsleep)]);
  /** What can still be taken back, the newest first. */
  readonly undoable = $derived(this.#undoable());

  /** The person moved on to this card. */
  get current(): string | null {
    return this.#current.id;
  }
  set current(id: string | null) {
    this.#current.id = id;
  }
  /** For what stands once per card, as it begins: it hears of the moves that are about its own card only. */
  inFront(id: string): { readonly on: boolean } {
    return this.#current.markOf(id);
  }

  /** The same as pressing the card's own controls; `a`, `e`, `r` and `h` do it. */
  approve(id: string): void {
    void press(id, 'approve');
  }
  edit(id: string): void {
    void press(id, 'edit');
  }
  reject(id: string): void {
    void press(id, 'reject');
  }
  snooze(id: string): void {
    void press(id, 'snooze');
  }
  /** Takes back what this person approved last, while that is possible. */
  undo(): void {
    const last = this.undoable.find(({ decision }) => decision !== null && this.isMine(decision.decided_by));
    if (last === undefined) this.announcement = 'There is nothing to undo.';
    else void press(last.id, 'undo');
  }

  /** Ticks a card, or takes the tick away. */
  toggle(id: string): void {
    if (this.alone || this.selected.delete(id)) return;
    const card = this.cards.find((one) => one.id === id);
    if (card?.status !== 'pending') return;
    this.selecting = true;
    if (this.selected.size < selected_max) this.selected.add(id);
    else this.announcement = `No more than ${selected_max} at once.`;
  }
  unselect(): void {
    this.selected.clear();
    this.selecting = false;
  }

  /** To the card after or before the current one. */
  move(by: 1 | -1): void {
    const at = this.shown.findIndex(({ id }) => id === this.current);
    const next = this.shown[at === -1 ? 0 : at + by];
    if (next === undefined) return;
    this.current = next.id;
    void showCard(next.id);
  }

  /** Another list: other filters, another page. */
  reset(cards: Card[]): void {
    this.cards = cards;
    this.current = (this.alone ? cards[0] : cards.find(isFull))?.id ?? null;
    this.above = 0;
    this.refusals.clear();
    this.confirming = null;
    this.unselect();
  }

  /** A newer state of the same list; returns those it no longer holds and that a person may still have to do something about. */
  async receive(incoming: Card[]): Promise<string[]> {
    const before = byId(this.cards);
    const listed = idsOf(incoming);
    const anchor = anchorIn([...before.keys()]);
    // A list that was read before an act and arrives after it must not take the act back on the page.
    const cards = merged(
      this.cards,
      incoming.map((card) => newer(card, before.get(card.id))),
    );
    for (const card of cards) this.#warnOfChange(card, before.get(card.id));
    const anchor_index = cards.findIndex(({ id }) => id === anchor?.id);
    const added_above = cards.slice(0, Math.max(0, anchor_index)).filter(({ id }) => !before.has(id)).length;
    this.cards = cards;
    this.#forgetDecided();
    this.current ??= cards.find(isFull)?.id ?? null;
    if (added_above > 0) {
      await tick();
      anchor?.hold();
      this.above += added_above;
    }
    return [...before.values()].filter(({ id, status }) => !listed.has(id) && isOpen(status)).map(({ id }) => id);
  }

  /** A newer state of one card. An older answer that comes late changes nothing. */
  put(view: Card): void {
    const at = this.cards.findIndex((card) => card.id === view.id);
    const known = this.cards[at];
    if (known === undefined) this.cards = [view, ...this.cards];
    else if (newer(view, known) === view) {
      this.#warnOfChange(view, known);
      this.cards = this.cards.with(at, view);
      this.#forgetDecided();
    }
    this.approved = this.approved.map((card) => (card.id === view.id ? view : card));
  }

  /** What waits no more cannot be ticked or confirmed. */
  #forgetDecided(): void {
    const waiting = (id: string) => this.cards.find((card) => card.id === id && card.status === 'pending');
    for (const id of [...this.selected]) if (waiting(id) === undefined) this.selected.delete(id);
    if (this.confirming !== null && waiting(this.confirming.id)?.payload_hash !== this.confirming.payload_hash) this.confirming = null;
  }

  #undoable(): Card[] {
    const elsewhere = this.approved.filter(({ id }) => this.cards.every((card) => card.id !== id));
    return [...this.cards, ...elsewhere]
      .filter(({ status, executes_at }) => status === 'approved' && executes_at !== null && Date.parse(executes_at) > clock.now)
      .toSorted((one, other) => Date.parse(other.updated_at) - Date.parse(one.updated_at));
  }

  /** What a person was reading must not become something else under their finger: it says so, and approving rests for a moment. */
  #warnOfChange(view: Card, known: Card | undefined): void {
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
      this.errors.delete(id);
      return async ({ result }) => {
        if (result.type === 'redirect') return applyAction(result);
        this.busy.delete(id);
        if (result.type === 'success' && result.data) {
          clock.tick();
          this.put(result.data.view);
          this.passkey_wanted.delete(id);
          if (this.editing === id) this.editing = null;
          this.announcement = said(result.data.verb, result.data.view, this.#email);
          await this.#moveOn(result.data);
          // The stream tells of it too, when there is one.
          if (live.state !== 'live') void invalidate(live_data);
        } else if (result.type === 'failure' && result.data) {
          if (result.data.view !== null) this.put(result.data.view);
          this.errors.set(id, result.data.errors);
          if (result.data.problem === 'step_up_required') this.#askForPasskey(id);
          else this.refusals.set(id, result.data.message);
        } else {
          this.refusals.set(id, result.type === 'error' && result.status !== undefined ? result.error.message : no_answer);
        }
      };
    };
  }

  /** The next press asks for it, since browsers show the question from a press only. */
  #askForPasskey(id: string): void {
    const card = this.cards.find((one) => one.id === id);
    if (card === undefined) return;
    this.passkey_wanted.add(id);
    this.confirming = { id, payload_hash: card.payload_hash };
  }

  isMine(decided_by: string): boolean {
    return decided_by === this.#email;
  }

  /** After a decision the next card is there and has the focus; after an undo, or what leaves a card waiting, that card. */
  async #moveOn({ verb, view }: ActDone): Promise<void> {
    const at = this.cards.findIndex((card) => card.id === view.id);
    const next = leaving.has(verb) && !this.alone ? (this.cards.slice(at + 1).find(isFull) ?? this.cards.find(isFull)) : view;
    this.current = next?.id ?? null;
    await showCard(next?.id ?? view.id);
  }
}

/** Whether approving takes a second press. */
export function asksToConfirm(desk: Desk, card: Card): boolean {
  return card.gesture.kind === 'confirm' || desk.passkey_wanted.has(card.id);
}

/** Whether the first of two presses was made, on this version. */
export function isConfirming({ confirming }: Desk, card: Card): boolean {
  return confirming?.id === card.id && confirming.payload_hash === card.payload_hash;
}

/** After these the card needs nothing more of the person. */
const leaving: ReadonlySet<Verb> = new Set(['approve', 'edit', 'reject', 'resolve', 'snooze']);

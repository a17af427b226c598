/** Which cards of a long list are near enough to be built, and which one lies under the eye. */
import { flushSync } from 'svelte';
import type { Attachment } from 'svelte/attachments';

import { Near } from '#lib/queue/near.ts';
import { Turns } from '#lib/queue/turns.ts';

/** About a screen and a half of a phone above and below. Each card more that is built makes every scroll paint longer. */
const near_margin = '1200px 0px';
/** A line across the window, a third from the top. */
const reading_margin = '-34% 0px -65% 0px';
const reading_share = 0.34;
/** When a key or a click moves to a card, the scrolling that follows is not somebody reading. */
const settle_ms = 500;

/** One place of the list, with its card or without. */
export interface Place {
  id: string;
  isBuilt(): boolean;
  /** Whether its card stays built wherever it is. */
  isKept(): boolean;
  build(is_built: boolean): void;
}

export class Sight {
  readonly #onread: (proposal_id: string) => void;
  readonly #near = new Near(() => ({ rootMargin: near_margin }));
  readonly #read = new Near(() => ({ rootMargin: reading_margin }));
  readonly #turns = new Turns();
  #moved_at = 0;

  /** `onread` is called with the card that comes to lie under the reading line. */
  constructor(onread: (proposal_id: string) => void) {
    this.#onread = onread;
  }

  /** Somebody moved to a card by a key or a click. */
  moved(): void {
    this.#moved_at = performance.now();
  }

  stop(): void {
    this.#near.stop();
    this.#read.stop();
    this.#turns.stop();
  }

  /** For the box around one card: builds it when it comes near, and takes it down when it is far. */
  watch(place: Place): Attachment<HTMLElement> {
    return (box) => {
      const end = this.#near.watch((is_near, entry) => this.#nearness(box, place, is_near, entry))(box);
      return () => {
        this.#turns.cancel(box);
        end?.();
      };
    };
  }

  /** For a card that is built: tells when it comes under the reading line. */
  watchReading(id: string): Attachment {
    let first = true;
    return this.#read.watch((is_read) => {
      // The first report says where a card is, not that anybody has scrolled.
      if (!first && is_read && performance.now() - this.#moved_at >= settle_ms) this.#onread(id);
      first = false;
    });
  }

  #nearness(box: HTMLElement, place: Place, is_near: boolean, { boundingClientRect: { top, height } }: IntersectionObserverEntry): void {
    if (is_near || place.isKept()) {
      // The nearest first, as the eye meets them.
      if (!place.isBuilt()) this.#turns.add(box, Math.abs(top), () => buildStill(box, place));
    } else {
      this.#turns.cancel(box);
      if (!place.isBuilt()) return;
      // What is taken down leaves its height behind, so that nothing on the page moves.
      box.style.minHeight = `${height}px`;
      place.build(false);
    }
  }
}

/** A card above the one that is read is built without moving it. */
function buildStill(box: HTMLElement, place: Place): void {
  const { bottom, height } = box.getBoundingClientRect();
  box.style.minHeight = '';
  flushSync(() => place.build(true));
  const grown = box.getBoundingClientRect().height - height;
  if (bottom <= window.innerHeight * reading_share && grown !== 0) window.scrollBy({ top: grown, behavior: 'instant' });
}

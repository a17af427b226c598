import type { Attachment } from 'svelte/attachments';

type Tell = (is_near: boolean, entry: IntersectionObserverEntry) => void;

/** Tells elements when they come near what is in sight and when they leave; one observer for all of a list. */
export class Near {
  readonly #told = new WeakMap<Element, Tell>();
  readonly #options: (first: Element) => IntersectionObserverInit;
  #observer: IntersectionObserver | null = null;

  /** `options` is asked when the first element is there, and with it the box that scrolls it. */
  constructor(options: (first: Element) => IntersectionObserverInit) {
    this.#options = options;
  }

  watch(tell: Tell): Attachment {
    return (element) => {
      this.#observer ??= new IntersectionObserver((entries) => {
        for (const entry of entries) this.#told.get(entry.target)?.(entry.isIntersecting, entry);
      }, this.#options(element));
      this.#told.set(element, tell);
      this.#observer.observe(element);
      return () => this.#observer?.unobserve(element);
    };
  }

  stop(): void {
    this.#observer?.disconnect();
    this.#observer = null;
  }
}

import { browser } from '$app/env';

const tick_ms = 1_000;

/** One clock for every countdown on the page, corrected by the server's, so that a wrong clock on a phone shows the right time left. */
class Clock {
  #now = $state(Date.now());
  #ahead_ms = 0;
  /** The reader's time zone; until the page is alive the server's rendering is in UTC. */
  zone = $state<string | undefined>('UTC');

  /** Milliseconds since 1970 by the server's clock. */
  get now(): number {
    return browser ? this.#now : Date.now();
  }

  /** Starts ticking; returns what stops it. */
  start(server_now: number): () => void {
    this.#ahead_ms = server_now - Date.now();
    this.zone = undefined;
    const tick = () => (this.#now = Date.now() + this.#ahead_ms);
    tick();
    const timer = setInterval(tick, tick_ms);
    return () => clearInterval(timer);
  }
}

export const clock = new Clock();

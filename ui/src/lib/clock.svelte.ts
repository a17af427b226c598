import { browser } from '$app/env';

const tick_ms = 1_000;
/** A difference this small comes from the way, not from a wrong clock. */
const trusted_ms = 1_500;

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
    const ahead_ms = server_now - answeredAt();
    this.#ahead_ms = Math.abs(ahead_ms) < trusted_ms ? 0 : ahead_ms;
    this.zone = undefined;
    this.tick();
    const timer = setInterval(() => this.tick(), tick_ms);
    return () => clearInterval(timer);
  }

  /** Reads the time now, so that a countdown that has just begun starts at its first second. */
  tick(): void {
    this.#now = Date.now() + this.#ahead_ms;
  }
}

export const clock = new Clock();

/** When the server's answer began to arrive, by this machine's clock. */
function answeredAt(): number {
  const [navigation] = performance.getEntriesByType('navigation');
  return navigation instanceof PerformanceNavigationTiming ? performance.timeOrigin + navigation.responseStart : Date.now();
}

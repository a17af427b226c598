/** What nobody waits for gives way to what somebody waits for: in a burst of webhooks, acknowledgements come before workflows. */

export interface Pacer<Item> {
  /** Takes an item; false when the queue is full and the item was not taken. */
  push(item: Item): boolean;
  /** How many items wait. */
  waiting(): number;
  /** Forgets what waits; resolves when what runs has ended. */
  stop(): Promise<void>;
}

/** An item that comes alone is worked on at once; arrivals closer together than this are a burst. */
const burst_gap_ms = 10;
/** In a burst that does not end, items wait at most about this long before some are let through. */
const patience_ms = 250;
const lanes_in_burst = 2;
const lanes_max = 32;
/** What does not fit is found again in Postgres. */
const waiting_max = 10_000;

/** `work` must not throw. */
export function createPacer<Item>(work: (item: Item) => Promise<void>): Pacer<Item> {
  let queue: { item: Item; at_ms: number }[] = [];
  const running = new Set<Promise<void>>();
  let last_arrival_ms = -Infinity;
  let timer: NodeJS.Timeout | null = null;

  function run(item: Item): void {
    const ended = work(item).then(() => {
      running.delete(ended);
      drain();
    });
    running.add(ended);
  }

  function lanes(now_ms: number): number {
    const [oldest] = queue;
    if (oldest === undefined) return 0;
    if (now_ms - last_arrival_ms >= burst_gap_ms) return lanes_max;
    return now_ms - oldest.at_ms >= patience_ms ? lanes_in_burst : 0;
  }

  function drain(): void {
    const free = Math.max(0, lanes(performance.now()) - running.size);
    for (const { item } of queue.splice(0, free)) run(item);
    if (queue.length === 0 || timer !== null) return;
    timer = setTimeout(() => {
      timer = null;
      drain();
    }, burst_gap_ms);
  }

  return {
    push(item) {
      const at_ms = performance.now();
      const alone = at_ms - last_arrival_ms >= burst_gap_ms && queue.length === 0 && running.size < lanes_max;
      last_arrival_ms = at_ms;
      if (alone) {
        run(item);
        return true;
      }
      if (queue.length >= waiting_max) return false;
      queue.push({ item, at_ms });
      drain();
      return true;
    },
    waiting: () => queue.length,
    async stop() {
      queue = [];
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await Promise.all(running);
    },
  };
}

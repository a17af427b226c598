import type { Logger } from 'pino';

export interface Batcher<Item> {
  add(item: Item): void;
  /** Writes what is collected; resolves when it is written. */
  flush(): Promise<void>;
}

const collect_ms = 25;

/** Collects items for a moment and writes them together. What could not be written is kept for the next time. */
export function createBatcher<Item>(write: (items: Item[]) => Promise<void>, logger: Logger): Batcher<Item> {
  let items: Item[] = [];
  let timer: NodeJS.Timeout | null = null;

  async function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (items.length === 0) return;
    const batch = items;
    items = [];
    try {
      await write(batch);
    } catch (error) {
      items = [...batch, ...items];
      throw error;
    }
  }

  return {
    flush,
    add(item) {
      items.push(item);
      timer ??= setTimeout(() => {
        flush().catch((error: unknown) => logger.warn({ err: error }, 'a batch is written later'));
      }, collect_ms);
    },
  };
}

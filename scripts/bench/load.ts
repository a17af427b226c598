/** Works through the items with a fixed number in flight; each piece of work says how long it took. */
import type { Sample } from './statistics.ts';

export async function drive<Item>(items: readonly Item[], in_flight: number, work: (item: Item) => Promise<number>): Promise<Sample> {
  const queue = items.values();
  const took_ms: number[] = [];
  const began = performance.now();
  const lanes = Array.from({ length: in_flight }, async () => {
    for (const item of queue) took_ms.push(await work(item));
  });
  await Promise.all(lanes);
  return { took_ms, elapsed_ms: performance.now() - began };
}

/** The incoming list in its order; what it no longer holds stays behind the neighbour it had, so that nothing vanishes under a reader's eyes. */
export function merged<Item extends { id: string }>(shown: Item[], incoming: Item[]): Item[] {
  const result = [...incoming];
  const listed = new Set(incoming.map((item) => item.id));
  shown.forEach((item, index) => {
    if (listed.has(item.id)) return;
    const neighbour = shown[index - 1];
    const at = neighbour === undefined ? 0 : result.findIndex((other) => other.id === neighbour.id) + 1;
    result.splice(at, 0, item);
  });
  return result;
}

export function idsOf(cards: readonly { id: string }[]): ReadonlySet<string> {
  return new Set(cards.map(({ id }) => id));
}

export function byId<Item extends { id: string }>(items: readonly Item[]): ReadonlyMap<string, Item> {
  return new Map(items.map((item) => [item.id, item]));
}

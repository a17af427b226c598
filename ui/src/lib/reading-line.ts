import { cardIdOf } from '#lib/desk.svelte.ts';

/** A line across the window, a third from the top: calls `onread` with the card that comes to lie under it. Returns what ends it. */
export function watchReadingLine(stack: HTMLElement, onread: (proposal_id: string) => void): () => void {
  let told = false;
  const observer = new IntersectionObserver(
    (entries) => {
      // The first report says where the cards are, not that anybody has scrolled.
      const scrolled = told;
      told = true;
      if (!scrolled) return;
      const id = entries.filter((entry) => entry.isIntersecting).map((entry) => cardIdOf(entry.target.id))[0];
      if (id !== undefined) onread(id);
    },
    { rootMargin: '-34% 0px -65% 0px' },
  );
  for (const element of stack.children) observer.observe(element);
  return () => observer.disconnect();
}

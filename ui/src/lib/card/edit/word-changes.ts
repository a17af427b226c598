/** What became of a text, word by word: what stands between two spaces changes as a whole, so that an amount or an address is read in one piece. */
export interface WordChange {
  kind: 'kept' | 'removed' | 'added';
  text: string;
}

/** The comparison is loaded on first use. */
export async function wordChanges(before: string, after: string): Promise<WordChange[]> {
  const { diffArrays } = await import('diff');
  const changes = diffArrays(wordsOf(before), wordsOf(after)).map(({ added, removed, value }): WordChange => ({
    kind: added ? 'added' : removed ? 'removed' : 'kept',
    text: value.join(''),
  }));
  return changes.flatMap((change, at) => (touches(changes[at - 1], change) ? [{ kind: 'kept', text: ' ' }, change] : [change]));
}

/** Words, and the spaces between them. */
function wordsOf(text: string): string[] {
  return text.match(/\s+|\S+/g) ?? [];
}

/** A struck word and the one in its place have no space of their own between them. */
function touches(last: WordChange | undefined, { kind, text }: WordChange): boolean {
  return last?.kind === 'removed' && kind === 'added' && !/\s$/.test(last.text) && !/^\s/.test(text);
}

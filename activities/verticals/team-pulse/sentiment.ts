/**
 * How somebody's commit messages sound, for want of a better source: words of feeling, counted by two small lists.
 * Words of the trade, such as "fix", "error" or "kill", tell nothing about a mood and are not listed.
 */

const low_words = new Set(
  (
    'angry annoyed annoying awful burnout burnt-out crap damn depressed depressing desperate disaster disgusting exhausted ' +
    'exhausting fml frustrated frustrating hate hated hopeless horrible idiotic mess messy miserable nightmare nonsense ' +
    'overwhelmed painful pathetic pointless ridiculous sad shit sick sigh sorry stressed stressful stuck stupid sucks terrible tired ugh ' +
    'ugly unbearable useless worst wtf'
  ).split(' '),
);
const high_words = new Set(
  (
    'amazing awesome beautiful brilliant celebrate cool delight delighted delightful elegant enjoy enjoyed excellent excited exciting ' +
    'fantastic fun glad great happy hooray hurray love lovely neat nice perfect pleased proud splendid thank thanks yay ' +
    'wonderful woohoo wow'
  ).split(' '),
);

export interface Mood {
  low: number;
  high: number;
  /** How many messages were read. */
  messages: number;
}

export function moodOf(messages: readonly string[]): Mood {
  const words = messages.flatMap((message) => message.toLowerCase().match(/\p{L}+(?:-\p{L}+)?/gu) ?? []);
  return {
    low: words.filter((word) => low_words.has(word)).length,
    high: words.filter((word) => high_words.has(word)).length,
    messages: messages.length,
  };
}

/** From -1, only low words, to 1, only high ones, in hundredths; null with fewer words of feeling than `words_min`. */
export function scoreOf({ low, high }: Mood, words_min: number): number | null {
  const words = low + high;
  return words === 0 || words < words_min ? null : Math.round(((high - low) * 100) / words) / 100;
}

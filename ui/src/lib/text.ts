/** Keeps a number and its sign on one line: `10 %`. */
export function unbroken(text: string): string {
  return text.replaceAll(' %', '\u00a0%');
}

const hidden = /[\p{Bidi_Control}\u200B\u2060\uFEFF]/gu;

/** Marks of direction and invisible spaces as their escapes, so that raw text from outside reads as what it is. */
export function withHiddenShown(text: string): string {
  return text.replace(hidden, (mark) => `\\u{${mark.codePointAt(0)?.toString(16).toUpperCase()}}`);
}

/** A reason that stands by itself begins with a capital; everything else of it stays, names of variables and types included. */
export function asSentence(reason: string): string {
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

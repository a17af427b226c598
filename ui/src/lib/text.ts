/** Keeps a number and its sign on one line: `10 %`. */
export function unbroken(text: string): string {
  return text.replaceAll(' %', '\u00a0%');
}

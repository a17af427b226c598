/** What a text names that somebody could follow or write to: web addresses in any dress, and mail addresses. */

const web = String.raw`:\/\/|\b(?:https?|ftps?|hxxps?|mailto|tel|sms|data|javascript|file):\S|\bwww\b|\bxn--|[\p{L}\p{N}_-][.。]\p{L}{2,}`;
const web_address = new RegExp(web, 'iu');
const target = new RegExp(String.raw`\S*(?:@|${web})\S*`, 'giu');

/** Of a text in its compatibility form (NFKC), so that no other dress of a dot hides one. */
export function namesWebAddress(text: string): boolean {
  return web_address.test(text);
}

/** The text with each word that is such a target replaced. */
export function withoutTargets(text: string, instead: { link: string; address: string }): string {
  return text.replace(target, (word) => (word.includes('@') && !word.includes('://') ? instead.address : instead.link));
}

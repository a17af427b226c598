/** The text of an HTML mail: tags go, paragraphs stay. One pass, for the mail is a stranger's. */

const unseen = new Set(['head', 'style', 'script', 'title', 'template']);
const breaks = /^\/?(?:p|div|br|tr|li|h[1-6]|blockquote|table|ul|ol|pre|hr|section|article)$/;

export function visibleText(html: string): string {
  const [before = '', ...parts] = html.split('<');
  const seen = [before];
  let hidden: string | null = null;
  for (const part of parts) {
    const end = part.indexOf('>');
    const tag = /^\/?[a-z][a-z0-9]*/i.exec(part)?.[0].toLowerCase() ?? null;
    if (hidden !== null) {
      if (tag === `/${hidden}`) hidden = null;
      else continue;
    } else if (tag !== null && unseen.has(tag)) hidden = tag;
    else if (tag === null && !part.startsWith('!')) {
      // A lone `<` is text.
      seen.push(`<${part}`);
      continue;
    }
    if (end < 0 || hidden !== null) continue;
    if (tag !== null && breaks.test(tag)) seen.push('\n');
    seen.push(part.slice(end + 1));
  }
  return tidy(decoded(seen.join('')));
}

const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
]);

function decoded(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi,
    (whole, decimal?: string, hexadecimal?: string, name?: string) => {
      if (name !== undefined) return entities.get(name.toLowerCase()) ?? whole;
      const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

function tidy(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/[^\S\n]+/g, ' ').trim());
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

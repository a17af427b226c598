/** How an email begins. */
const company_words = new Set(
  (
    'inc llc ltd limited gmbh ag kg corp corporation co company sa sas sarl bv nv ab as oy plc pty srl spa kk ' +
    'agency ai bank capital cloud consulting data design digital foundation global group health holdings hotel industries international io labs ' +
    'media network partners school services shop software solutions store studio studios systems tech technologies university ventures works'
  ).split(' '),
);

/** A name is the customer's own text: it greets only when it can be nothing but a name. */
export function greetingOf(name: string | null): string {
  if (name === null || !/^[\p{L}\p{M}][\p{L}\p{M}'’ -]{0,40}$/u.test(name.replaceAll('.', ''))) return 'Hi there,';
  const words = name.split(' ').filter((word) => word !== '');
  if (/\.\p{L}{2,}/u.test(name) || words.length > 4) return 'Hi there,';
  if (words.some((word) => company_words.has(word.toLowerCase().replaceAll('.', '')))) return `Hi ${words.join(' ')} team,`;
  return words.length === 1 || words.length > 3 ? `Hi ${words.join(' ')},` : `Hi ${words[0]},`;
}

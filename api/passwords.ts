/** What a new password has to be: OWASP ASVS 5.0, V6.2. Any characters, nothing cut off, and none that is tried first. */
import { Problem } from '../domain/problem.ts';

export const password_chars_min = 8;
export const password_chars_max = 256;
export const password_chars_good = 15;

/** Whose password it is: words that whoever guesses knows as well. */
export interface PasswordContext {
  email: string;
  name: string;
  organisation: string;
}

const product_words = ['execops', 'inbox', 'password'];
/** Shorter ones are in too many honest passwords. */
const word_chars_min = 3;

const apart = /[^\p{L}\p{N}]+/gu;

/** Throws weak_password with a sentence that says what to do. */
export async function refuseWeak(password: string, context: PasswordContext): Promise<void> {
  const length = [...password].length;
  if (length < password_chars_min)
    throw new Problem(
      'weak_password',
      `Use at least ${password_chars_min} characters; ${password_chars_good} or more are better, such as a few words in a row.`,
    );
  if (length > password_chars_max) throw new Problem('weak_password', `Use at most ${password_chars_max} characters.`);
  if (await isCommon(password))
    throw new Problem('weak_password', 'This password is among the most common ones, which are tried first. Choose another.');
  if (length - knownChars(password, context) < password_chars_min)
    throw new Problem(
      'weak_password',
      `Besides your name, your address, your organisation and this product it has fewer than ${password_chars_min} characters. Add some that nobody can know.`,
    );
}

/** Whether it is on the list of leaked passwords that are used most. The list is read when it is first asked for. */
export async function isCommon(password: string): Promise<boolean> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return dictionary['passwords-common'].includes(password.toLowerCase());
}

/** How many of its characters are words that belong to the person. */
function knownChars(password: string, { email, name, organisation }: PasswordContext): number {
  const said = [name, organisation, email.slice(0, email.indexOf('@')), email].map((text) => text.toLowerCase());
  // Ana Silva is also anasilva.
  const words = [...product_words, ...said.flatMap((text) => [...text.split(apart), text.replaceAll(apart, '')])]
    .filter((word) => word.length >= word_chars_min)
    .sort((a, b) => b.length - a.length);
  const rest = words.reduce((text, word) => text.replaceAll(word, ''), password.toLowerCase());
  return [...password].length - [...rest].length;
}

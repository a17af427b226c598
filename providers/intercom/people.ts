/** Who takes part in a conversation or a ticket, and who began it. */
import { z } from 'zod';

import { id, instant, maybe, required_id, text } from '../tolerant.ts';

export const word = maybe(
  z
    .string()
    .max(100)
    .transform((name) => name.toLowerCase()),
);
const email = maybe(z.string().max(320));

export const contact = z
  .object({ type: word, id: required_id, role: word, name: text, email, external_id: id, user_id: id, phone: text, created_at: instant })
  .transform(({ type, user_id, ...found }) => ({
    ...found,
    external_id: found.external_id ?? user_id,
    role: found.role ?? (type === 'contact' ? null : type),
  }));
export type Contact = z.output<typeof contact>;

/** Whoever wrote something: `user`, `lead` and `contact` are customers; `admin`, `bot` and `team` are not. */
export const author = maybe(z.object({ type: word, id, name: text, email }));
type Author = NonNullable<z.output<typeof author>>;
export const customer_words: readonly string[] = ['user', 'lead', 'contact', 'visitor'];
const isCustomer = (who: { type: string | null } | null): boolean => customer_words.includes(who?.type ?? '');

const contacts = z.union([
  z.array(maybe(contact)),
  z.object({ contacts: z.array(maybe(contact)) }).transform((list) => list.contacts),
  z.object({ data: z.array(maybe(contact)) }).transform((list) => list.data),
]);
export const contact_list = contacts.transform((list) => list.filter((one) => one !== null)).catch([]);

export type StartedBy = 'contact' | 'admin' | 'bot';

/** `delivered_as` says it outright since 2.0: a bot may write in a person's name, and an automated message in an admin's. */
export function startedBy(first: { author: Author | null; delivered_as: string | null } | null): StartedBy | null {
  const writer = first?.author ?? null;
  switch (first?.delivered_as) {
    case 'admin_initiated':
      return 'admin';
    case 'automated':
    case 'operator_initiated':
    case 'campaigns_initiated':
      return 'bot';
    default:
      if (writer?.type === 'admin' || writer?.type === 'team') return 'admin';
      if (writer?.type === 'bot') return 'bot';
      return isCustomer(writer) || first?.delivered_as === 'customer_initiated' ? 'contact' : null;
  }
}

/** The list names contacts by id only; who wrote first is told with name and address, and comes first. */
export function withAuthor(people: Contact[], first: Author | null): Contact[] {
  if (first === null || !isCustomer(first) || first.id === null) return unique(people);
  const known = people.find((one) => one.id === first.id);
  const writer: Contact = {
    id: first.id,
    role: known?.role ?? (first.type === 'contact' ? null : first.type),
    name: known?.name ?? first.name,
    email: known?.email ?? first.email,
    external_id: known?.external_id ?? null,
    phone: known?.phone ?? null,
    created_at: known?.created_at ?? null,
  };
  // An author under an id of the old kind is the same person as the one contact there is.
  return unique(known === undefined && people.length > 0 ? fillIn(people, writer) : [writer, ...people]);
}

function fillIn(people: Contact[], writer: Contact): Contact[] {
  const [only, ...others] = people;
  if (only === undefined || others.length > 0) return people;
  return [{ ...only, name: only.name ?? writer.name, email: only.email ?? writer.email, role: only.role ?? writer.role }];
}

function unique(people: Contact[]): Contact[] {
  return people.filter((one, at) => people.findIndex((other) => other.id === one.id) === at);
}

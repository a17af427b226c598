/** Facts that no webhook carries, told by an owner. */
import type { Person } from '../domain/app.ts';
import { mapText, normaliseText, type Json } from '../domain/text.ts';
import type { ContextCustomer, ContextRequest } from '../domain/wire.ts';
import { appendAudit } from './audit.ts';
import type { Database, Sql } from './database.ts';

/** Stores each given part with its time; a customer's later facts are merged over its earlier ones. Resolves to how many were stored. */
export async function storeContext(
  db: Pick<Database, 'tx'>,
  person: Person,
  request: ContextRequest,
): Promise<{ customers: number; founder: number }> {
  // In one order, so that two requests that name the same customers cannot wait for each other.
  const customers = (request.customers ?? []).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return db.tx(async (sql) => {
    for (const customer of customers) await storeFact(sql, person, 'customer', keyOf(customer), mapText(customer as Json, normaliseText));
    if (request.founder !== undefined) await storeFact(sql, person, 'founder', 'founder', request.founder);
    const stored = { customers: customers.length, founder: request.founder === undefined ? 0 : 1 };
    await appendAudit(sql, {
      org_id: person.org_id,
      proposal_id: null,
      from: null,
      to: null,
      actor: { type: 'user', id: person.user_id },
      metadata: { context: stored },
    });
    return stored;
  });
}

/** How a customer's facts are found again: by Stripe's id when it is known, else by address, by Intercom's id, by name. */
function keyOf(customer: ContextCustomer): string {
  if (customer.stripe_customer_id !== undefined) return `stripe:${customer.stripe_customer_id}`;
  if (customer.email !== undefined) return `email:${customer.email.toLowerCase()}`;
  if (customer.intercom_contact_id !== undefined) return `intercom:${customer.intercom_contact_id}`;
  return `name:${customer.name?.toLowerCase() ?? ''}`;
}

async function storeFact(sql: Sql, person: Person, kind: string, key: string, data: Json): Promise<void> {
  await sql`
    insert into context_facts (org_id, kind, key, data, actor_id) values (${person.org_id}, ${kind}, ${key}, ${JSON.stringify(data)}, ${person.user_id})
    on conflict (org_id, kind, key) do update set data = context_facts.data || excluded.data, as_of = now(), actor_id = excluded.actor_id`;
}

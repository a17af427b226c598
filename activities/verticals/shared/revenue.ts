/**
 * What every customer pays per month, kept in memory so that a percentile costs no scan. Only what was written since the
 * last snapshot is read again: each fact carries the id of the transaction that wrote it, and everything below a snapshot's
 * oldest running transaction is settled.
 */
import type { Money } from '../../../domain/money.ts';
import { context_customer, type ContextCustomer } from '../../../domain/context.ts';
import type { Database } from '../../../prisma/database.ts';
import { readInvoice, readSubscription } from '../../../providers/stripe/shapes.ts';
import type { Json } from '../../../domain/text.ts';
import { accountRevenue, isNewer, toldRevenue, type Account, type Told } from './account.ts';
import { toldSince } from './told.ts';

export interface Population {
  account(customer: string): Account;
  /** What was told about a customer under any of these keys, the first key's facts first. */
  told(keys: readonly string[]): Told[];
  /** What was told about every customer that this fits, with the key it is kept under. */
  toldWhere(fits: (data: ContextCustomer) => boolean): (Told & { key: string })[];
  /** The share, 0 to 100, of the other customers of this currency that pay less; 100 for the only one. No currency compares with all. */
  percentileOf(revenue: { amount_minor: number; currency: string | null }, own_keys: readonly string[]): number;
}

export type Revenues = (org_id: string) => Promise<Population>;

export function createRevenues(db: Pick<Database, 'sql'>): Revenues {
  const books = new Map<string, Book>();
  return async (org_id) => {
    const book = books.get(org_id) ?? new Book();
    books.set(org_id, book);
    await book.refresh(db, org_id);
    return book;
  };
}

interface ChangedRow {
  what: 'horizon' | 'subscription' | 'subscription_terms' | 'invoice' | 'context';
  id: string;
  customer: string | null;
  data: Json;
  as_of: Date | null;
}

class Book implements Population {
  readonly #accounts = new Map<string, Account>();
  readonly #told = new Map<string, Told>();
  /** Each customer's figure in the ranking; an absent currency fits every ranking. */
  readonly #figures = new Map<string, { amount_minor: number; currency: string | null }>();
  #horizon = '0';
  #reading: Promise<void> = Promise.resolve();

  /** One read at a time, so that an older snapshot never overwrites a newer one. */
  async refresh(db: Pick<Database, 'sql'>, org_id: string): Promise<void> {
    const turn = this.#reading.then(() => this.#read(db, org_id));
    this.#reading = turn.catch(() => undefined);
    await turn;
  }

  account(customer: string): Account {
    return this.#accounts.get(customer) ?? { subscriptions: new Map(), terms_as_of: null, invoice: null };
  }

  told(keys: readonly string[]): Told[] {
    return keys.flatMap((key) => this.#told.get(key) ?? []);
  }

  toldWhere(fits: (data: ContextCustomer) => boolean): (Told & { key: string })[] {
    return [...this.#told].flatMap(([key, told]) => (fits(told.data) ? [{ ...told, key }] : []));
  }

  percentileOf({ amount_minor, currency }: { amount_minor: number; currency: string | null }, own_keys: readonly string[]): number {
    let others = 0;
    let less = 0;
    for (const [key, figure] of this.#figures) {
      const comparable = figure.currency === null || currency === null || figure.currency === currency;
      if (figure.amount_minor <= 0 || !comparable || own_keys.includes(key)) continue;
      others += 1;
      if (figure.amount_minor < amount_minor) less += 1;
    }
    return others === 0 ? 100 : (less / others) * 100;
  }

  async #read(db: Pick<Database, 'sql'>, org_id: string): Promise<void> {
    const rows = await db.sql<ChangedRow>`
      with bounds as materialized (
        select ${this.#horizon}::bigint as from_xact, pg_snapshot_xmin(pg_current_snapshot())::text as horizon,
          -- A restored dump carries another cluster's transaction ids, so the first read takes all of them.
          case when ${this.#horizon}::bigint = 0 then 9223372036854775807 else pg_snapshot_xmax(pg_current_snapshot())::text::bigint end as to_xact
      ), changed as (
        select kind, object_id, customer, data, as_of from provider_objects, bounds
        where org_id = ${org_id} and kind in ('subscription', 'subscription_terms', 'invoice') and source = 'stripe'
          and changed >= from_xact and changed < to_xact and customer is not null
      )
      select 'horizon' as what, horizon as id, null as customer, null::jsonb as data, null::timestamptz as as_of from bounds
      union all
      select kind, object_id, customer, data, as_of from changed where kind <> 'invoice'
      union all
      select * from (
        select distinct on (customer) 'invoice', object_id, customer, data, as_of from changed
        where kind = 'invoice' and (data ->> 'subscription' is not null or data #>> '{parent,subscription_details,subscription}' is not null)
          and not exists (
            select from provider_objects s
            where s.org_id = ${org_id} and s.source = 'stripe' and s.customer = changed.customer and s.kind = 'subscription')
        order by customer, as_of desc
      ) invoices
      union all
      select 'context', key, null, data, as_of from context_facts, bounds
      where org_id = ${org_id} and kind = 'customer' and changed >= from_xact and changed < to_xact`;
    const touched = new Set(rows.map((row) => this.#apply(row)));
    for (const key of touched) if (key !== null) this.#rank(key);
  }

  /** Takes one row in; resolves to the key of the customer whose figure it may change. */
  #apply({ what, id, customer, data, as_of }: ChangedRow): string | null {
    if (what === 'horizon') {
      this.#horizon = id;
      return null;
    }
    const time = as_of?.toISOString() ?? new Date(0).toISOString();
    if (what === 'context') {
      const parsed = context_customer.safeParse(data);
      if (parsed.success) this.#told.set(id, { data: parsed.data, as_of: time });
      return id;
    }
    if (customer === null) return null;
    const account = this.account(customer);
    this.#accounts.set(customer, account);
    if (what === 'subscription_terms' && (account.terms_as_of === null || isNewer(time, account.terms_as_of))) account.terms_as_of = time;
    if (what === 'subscription') {
      const subscription = readSubscription(data);
      if (subscription !== null) account.subscriptions.set(id, subscription);
    }
    if (what === 'invoice' && (account.invoice === null || !isNewer(account.invoice.as_of, time))) {
      account.invoice = { id, as_of: time, per_month: invoicePerMonth(data) };
    }
    return `stripe:${customer}`;
  }

  #rank(key: string): void {
    const account = this.account(key.replace(/^stripe:/, ''));
    const facts = this.told([key]);
    const has_left = toldSince(facts, 'cancelled', account.terms_as_of) ?? false;
    const told = toldRevenue(facts, account.terms_as_of);
    const computed = accountRevenue(account);
    // Whoever has cancelled pays nothing that others could be held against.
    const figure = has_left ? null : told ? { ...told, currency: told.currency ?? computed?.currency ?? null } : computed;
    if (figure === null) this.#figures.delete(key);
    else this.#figures.set(key, figure);
  }
}

function invoicePerMonth(data: Json): Money | null {
  const invoice = readInvoice(data);
  const amount = invoice?.total ?? invoice?.amount_due ?? null;
  if (amount === null || !invoice?.currency) return null;
  return { amount_minor: Math.round(amount / (invoice.months ?? 1)), currency: invoice.currency };
}

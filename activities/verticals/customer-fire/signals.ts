/** What stored events say about how content a customer is: payments from Stripe, and what was asked of support. */
import type { Json } from '../../../domain/text.ts';
import type { Database } from '../../../prisma/database.ts';
import { readCharge, readInvoice } from '../../../providers/stripe/shapes.ts';
import { isEnded } from '../shared/customer.ts';
import type { Account } from '../shared/account.ts';
import type { ChurnSignals } from './scores.ts';
import type { Thread } from './threads.ts';

const objects_max = 200;

export async function churnSignals(
  db: Pick<Database, 'sql'>,
  org_id: string,
  { stripe_id, account, threads }: { stripe_id: string | null; account: Account; threads: readonly Thread[] },
): Promise<ChurnSignals> {
  const rows =
    stripe_id === null
      ? []
      : await db.sql<PaymentRow>`
          select kind, data, as_of from provider_objects
          where org_id = ${org_id} and source = 'stripe' and customer = ${stripe_id} and kind in ('invoice', 'charge')
          order by as_of desc limit ${objects_max}`;
  const customers_own = threads.filter(({ started_by }) => started_by !== 'admin' && started_by !== 'bot');
  return {
    cancelling: [...account.subscriptions.values()].some((one) => one.cancel_at_period_end && !isEnded(one)),
    failed_payments: failuresOf(rows),
    unpaid_since: unpaidSince(rows),
    opened: customers_own.flatMap(({ created_at, triggers }) => created_at ?? triggers.map(({ at }) => at).toSorted()[0] ?? []),
    ratings: threads.flatMap(({ rating, created_at, as_of }) => (rating === null ? [] : [{ rating, at: created_at ?? as_of }])),
  };
}

interface PaymentRow {
  kind: string;
  data: Json;
  as_of: Date;
}

/** A failed charge and the invoice it was for are one failure: whichever kind tells of more is counted. */
function failuresOf(rows: readonly PaymentRow[]): string[] {
  const charges = rows.flatMap(({ kind, data, as_of }) => {
    const charge = kind === 'charge' ? readCharge(data) : null;
    return charge?.failure_code ? [charge.created ?? as_of.toISOString()] : [];
  });
  const invoices = rows.flatMap(({ kind, data, as_of }) => {
    const invoice = kind === 'invoice' ? readInvoice(data) : null;
    return invoice !== null && isUnpaid(invoice) && (invoice.attempt_count ?? 0) > 0 ? [invoice.created ?? as_of.toISOString()] : [];
  });
  return charges.length > invoices.length ? charges : invoices;
}

function unpaidSince(rows: readonly PaymentRow[]): string | null {
  const unpaid = rows.flatMap(({ kind, data }) => {
    const invoice = kind === 'invoice' ? readInvoice(data) : null;
    return invoice?.created && isUnpaid(invoice) ? [invoice.created] : [];
  });
  return unpaid.toSorted()[0] ?? null;
}

function isUnpaid({ status, amount_remaining }: { status: string | null; amount_remaining: number | null }): boolean {
  return (status === 'open' || status === 'uncollectible') && amount_remaining !== 0;
}

/** A bank's or a bookkeeping's transactions, as JSON or CSV, signed by Standard Webhooks. One delivery is one event. */
import type { Delivery, InboundEvent, Receiver } from '../../domain/event.ts';
import type { Json } from '../../domain/text.ts';
import { signedHeaders, verifyStandardWebhook } from '../standard-webhooks.ts';
import { readCsv } from './csv.ts';
import { readJson } from './json.ts';
import { rowsOf, type LedgerTable } from './rows.ts';

export const ledger_receiver: Receiver = {
  media_types: ['application/json', 'text/csv'],
  verify: (delivery) => void verifyStandardWebhook(delivery),
  parse: (delivery, json) => ({
    events: [parseLedger(delivery, delivery.media_type === 'text/csv' ? readCsv(delivery.body) : readJson(json()))],
  }),
};

/** Throws a ShapeError that names the row and the column of the first entry that cannot be read: all of it is stored, or nothing. */
function parseLedger(delivery: Pick<Delivery, 'headers'>, table: LedgerTable): InboundEvent {
  const { id, signed_at } = signedHeaders(delivery);
  const rows: Json[] = rowsOf(table).map((row) => ({ ...row }));
  return {
    source: 'ledger',
    type: 'ledger.imported',
    occurred_at: signed_at,
    identity: id,
    payload: { rows },
    subject: null,
    ignored: 'ledger entries inform figures and start nothing',
    objects: [],
  };
}

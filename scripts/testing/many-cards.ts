/** A thousand cards without a thousand workflows: for what a long list costs to show. */
import type { Database } from '../../prisma/database.ts';
import { priorityOf } from '../../domain/priority.ts';
import type { Urgency } from '../../domain/proposal.ts';
import { storeDrafts } from '../../prisma/store.ts';
import { emailDraft, incidentOf, storedEvent } from './cards.ts';

const at_once = 20;
/** A member's address: approving is one press, as it is for most cards. */
const known_recipient = 'ana@example.com';

export async function manyCards(db: Database, org_id: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += at_once)
    await Promise.all(Array.from({ length: Math.min(at_once, count - from) }, (_, n) => oneCard(db, org_id, from + n)));
}

async function oneCard(db: Database, org_id: string, n: number): Promise<void> {
  const event = await storedEvent(db, org_id);
  const urgency: Urgency = n % 3 === 0 ? 'low' : 'high';
  const name = `Customer ${String(n).padStart(4, '0')}`;
  const draft = emailDraft(event, {
    urgency,
    title: `${name} · $${49 + n}.00 failed`,
    facts: [
      { label: 'Customer', value: name, unusual: false, event_id: event.id, at: null },
      { label: 'Amount', value: `$${49 + n}.00`, unusual: n % 7 === 0, event_id: event.id, at: null },
      { label: 'Failed', value: '5 minutes ago', unusual: false, event_id: null, at: null },
    ],
    priority: priorityOf({ urgency, needs_edit: false, vip: n % 9 === 0, renewal_near: n % 11 === 0 }),
    action: {
      action_type: 'email',
      operation: null,
      payload: {
        to: known_recipient,
        subject: `Your payment to us, ${name}`,
        body: 'Hello,\n\nyour card was declined. Please update it.',
      },
    },
    basis: { to: known_recipient, amount_minor: 4_900 + n },
    escalates_from: new Date(),
    escalates_at: new Date(Date.now() + (1 + (n % 40)) * 3_600_000),
    expires_at: new Date(Date.now() + 7 * 86_400_000),
  });
  await storeDrafts(db, incidentOf(event), [draft]);
}

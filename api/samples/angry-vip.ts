/** A VIP at risk who writes to support, as Intercom would send it. */
import { createHmac, randomBytes } from 'node:crypto';

import type { Sample } from './sender.ts';

export const angry_vip: Sample = (now) => ({
  context: {
    customers: [
      {
        email: contact.email,
        name: contact.name,
        intercom_contact_id: contact.id,
        currency: 'usd',
        mrr_cents: 410_000,
        mrr_percentile: 98,
        vip: true,
        churn_score: 0.82,
      },
    ],
  },
  deliveries: [
    {
      source: 'intercom',
      body: conversationOf(now),
      sign: (body, secret) => ({ 'x-hub-signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}` }),
    },
  ],
});

const contact = { id: 'ExecOpsSampleContact', name: 'Priya Raman', email: 'priya@example.com' };

function conversationOf(now: Date): object {
  const at = Math.floor(now.getTime() / 1000);
  const id = `sample${randomBytes(6).toString('hex')}`;
  const author = { type: 'user', ...contact };
  return {
    type: 'notification_event',
    app_id: 'execops_sample',
    id: `notif_${id}`,
    topic: 'conversation.user.created',
    created_at: at,
    first_sent_at: at,
    delivery_attempts: 1,
    data: {
      type: 'notification_event_data',
      item: {
        type: 'conversation',
        id,
        created_at: at,
        updated_at: at,
        waiting_since: at,
        open: true,
        state: 'open',
        read: false,
        priority: 'not_priority',
        source: {
          type: 'conversation',
          id: `message_${id}`,
          delivered_as: 'customer_initiated',
          subject: '',
          body: '<p>The export has been broken for three days and nobody answers. We are looking at alternatives.</p>',
          author,
        },
        contacts: { type: 'contact.list', contacts: [{ type: 'contact', id: contact.id, external_id: null }] },
        admin_assignee_id: null,
        team_assignee_id: null,
        tags: { type: 'tag.list', tags: [] },
        conversation_parts: { type: 'conversation_part.list', conversation_parts: [], total_count: 0 },
      },
    },
  };
}

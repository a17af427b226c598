/** Cards that wait, and what became of them, on a server with a Slack workspace behind it. */
import { randomUUID } from 'node:crypto';

import type { StorableDraft } from '../../prisma/storable.ts';
import { pendingCard } from '../../scripts/testing/cards.ts';
import { until } from '../../scripts/testing/wait.ts';
import type { SlackServer } from './testing.ts';

export type Cards = ReturnType<typeof createCards>;

/** As whoever has this session sees them, who is linked to U0ANA. */
export function createCards(here: SlackServer, cookie: string) {
  const { db, org_id } = here.server;

  async function pending(changes: Partial<StorableDraft> = {}) {
    const title = changes.title ?? `Card ${randomUUID()}`;
    return { ...(await pendingCard(db, org_id, { ...changes, title })), title };
  }

  return {
    pending,
    /** With the message that U0ANA has of it. */
    async shown(changes: Partial<StorableDraft> = {}) {
      const stored = await pending(changes);
      return { ...stored, message: await here.cardOf('U0ANA', stored.title) };
    },
    statusOf: async (id: string) => (await here.server.call('GET', `/api/proposals/${id}`, { as: cookie })).json,
    decisions: (id: string) => db.prisma.decisions.count({ where: { proposal_id: id } }),
    reply: (text: string) => until(`a reply says "${text}"`, () => here.slack.replies.find((reply) => String(reply.text).includes(text))),
  };
}

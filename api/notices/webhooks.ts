/** Delivers what changed to each endpoint, each by itself: one that is dead holds up none of the others. */
import type { Database } from '../../prisma/database.ts';
import {
  delivered,
  failed,
  lanes_per_endpoint,
  leaseDelivery,
  nextDeliveryIn,
  waitingEndpoints,
  type Delivery,
} from '../../prisma/webhook-deliveries.ts';
import { disableEndpoint } from '../../prisma/webhook-endpoints.ts';
import type { Reach } from '../../providers/notices/post.ts';
import { sendWebhook } from '../../providers/notices/webhook.ts';
import type { Logger } from '../log.ts';
import { createLanes, createPump, type Pump } from './pump.ts';

export interface WebhooksDeps {
  db: Database;
  reach: Reach;
  logger: Logger;
}

export function createWebhookSending({ db, reach, logger }: WebhooksDeps): Pump {
  const pumps = new Map<string, Pump>();
  let stopped = false;

  function pumpOf(endpoint_id: string): Pump {
    const known = pumps.get(endpoint_id);
    if (known !== undefined) return known;
    const pump = createLanes({
      count: lanes_per_endpoint,
      lane: (index, stopping) => deliverAll(endpoint_id, index, stopping),
      nextIn: () => nextDeliveryIn(db.sql, endpoint_id),
      failed: (error) => logger.warn({ err: error, webhook_id: endpoint_id }, 'a webhook cannot be served; that is tried again later'),
    });
    pumps.set(endpoint_id, pump);
    return pump;
  }

  async function deliverAll(endpoint_id: string, lane: number, stopping: () => boolean): Promise<boolean> {
    let took = false;
    while (!stopping()) {
      const delivery = await leaseDelivery(db.sql, endpoint_id, lane);
      if (delivery === null) break;
      took = true;
      await deliver(delivery);
    }
    return took;
  }

  async function deliver(delivery: Delivery): Promise<void> {
    const { id, endpoint_id } = delivery;
    const outcome = await sendWebhook(delivery, reach);
    if (outcome.ok) return delivered(db.sql, delivery, outcome.status);
    logger.warn({ webhook_id: endpoint_id, delivery_id: id, status: outcome.status, attempt: delivery.attempts }, outcome.error);
    const over = await failed(db.sql, delivery, outcome);
    if (outcome.gone) await disableEndpoint(db, endpoint_id, outcome.error);
    else if (over) await disableEndpoint(db, endpoint_id, 'It took nothing for five days.');
  }

  /** Which endpoints have something to do; each then goes at its own pace. */
  const finding = createPump({
    async sweep() {
      for (const { id } of await waitingEndpoints(db.sql)) if (!stopped) pumpOf(id).rouse();
      return null;
    },
    failed: (error) => logger.warn({ err: error }, 'webhooks cannot be served; that is tried again later'),
  });

  return {
    rouse: finding.rouse,
    async stop() {
      stopped = true;
      await finding.stop();
      await Promise.all([...pumps.values()].map((pump) => pump.stop()));
    },
  };
}

/** Customer Fire: a VIP at risk who writes to support gets an apology, and with Intercom connected a senior takes the conversation over. */
import type { Sop, StoredEvent } from '../../../domain/sop.ts';
import { settling_types, trigger_types } from '../../../providers/intercom/inbound.ts';
import { fireWording } from './email.ts';
import { gatherFire, type FactsDeps } from './facts.ts';
import { readContact } from './reading.ts';
import { assessFire, customer_fire_settings, type CustomerFireSettings, type FireFacts } from './rules.ts';
import { openThreads } from './threads.ts';

const customer_fire_version = 'customer-fire-2';

export function createCustomerFire(deps: FactsDeps, settings: CustomerFireSettings = customer_fire_settings): Sop<FireFacts> {
  const settles = ({ source, type }: { source: string; type: string }) => source === 'intercom' && settling_types.includes(type);
  return {
    vertical: 'customer_fire',
    version: customer_fire_version,
    asks_provider: deps.intercom !== null,
    triggeredBy: ({ source, type }) => (source === 'intercom' || source === 'manual') && trigger_types.includes(type),
    settles: 'until_next',
    settledBy: settles,
    async subjectsOf(event: StoredEvent) {
      const { contact_id, threads } = await readContact(deps.db, event);
      if (contact_id === null) return [];
      // A customer's conversations are one incident, which ends with the last of them.
      return settles(event) && openThreads(threads, null).length > 0 ? [] : [`intercom:contact:${contact_id}`];
    },
    gather: (event, options) => gatherFire(deps, event, options),
    assess: (facts, now) => assessFire(facts, now, settings),
    wording: (facts, draft) => fireWording(facts, draft),
  };
}

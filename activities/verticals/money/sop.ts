/** Money: a failed payment of a top customer becomes a card-update email, an offer to keep the plan, and a word to the account owner. */
import type { Sop } from '../../../domain/sop.ts';
import { failure_types, settling_types } from '../../../providers/stripe/inbound.ts';
import { moneyWording } from './email.ts';
import { gatherMoney, type FactsDeps } from './facts.ts';
import { readIncident, reportedOf } from './reading.ts';
import { assessMoney, money_settings, type MoneyFacts, type MoneySettings } from './rules.ts';

const money_version = 'money-3';

export function createMoney(deps: FactsDeps, settings: MoneySettings = money_settings): Sop<MoneyFacts> {
  return {
    vertical: 'money',
    version: money_version,
    asks_provider: deps.stripe !== null || deps.connected('slack_dm'),
    triggeredBy: ({ source, type }) => (source === 'stripe' || source === 'manual') && failure_types.includes(type),
    settles: 'for_good',
    settledBy: ({ source, type }) => source === 'stripe' && settling_types.includes(type),
    async subjectsOf(event) {
      const { incident } = await readIncident({ db: deps.db, stripe: null }, event, reportedOf(event));
      return incident.subjects;
    },
    gather: (event, options) => gatherMoney(deps, event, options),
    assess: (facts, now) => assessMoney(facts, now, settings),
    wording: (facts, draft) => moneyWording(facts, draft),
  };
}

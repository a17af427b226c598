/** Every procedure there is, one line each. */
import type { Sop } from '../../domain/sop.ts';
import type { Database } from '../../prisma/database.ts';
import type { GithubReader } from '../../providers/github/reads.ts';
import type { IntercomReader } from '../../providers/intercom/reads.ts';
import type { StripeReader } from '../../providers/stripe/reads.ts';
import type { People } from './people.ts';
import { createCustomerFire } from './customer-fire/sop.ts';
import { createMoney } from './money/sop.ts';
import { createRelease } from './release/sop.ts';
import { sop_settings, type SopSettings } from './settings.ts';
import { createRevenues } from './shared/revenue.ts';
import { createTeamPulse } from './team-pulse/sop.ts';

export interface SopDeps {
  db: Pick<Database, 'sql'>;
  /** Reads Stripe's API; null when it is not connected. */
  stripe: StripeReader | null;
  /** Reads Intercom's API; null when it is not connected. */
  intercom: IntercomReader | null;
  /** Reads GitHub's API; null when it is not connected. */
  github: GithubReader | null;
  /** Whether an operation's provider, or `email` or `slack_dm`, is connected. */
  connected(name: string): boolean;
  people: People;
  /** Instead of the defaults, for a trial. */
  settings?: Partial<SopSettings>;
}

export function createSops({ db, stripe, intercom, github, connected, people, settings: changed }: SopDeps): Sop[] {
  const settings = { ...sop_settings, ...changed };
  const revenues = createRevenues(db);
  return [
    createMoney({ db, stripe, connected, people, revenues }, settings.money),
    createCustomerFire({ db, intercom, connected, people, revenues }, settings.customer_fire),
    createRelease({ db, github, connected, people }, settings.release),
    createTeamPulse({ db, people }, settings.team_pulse),
  ];
}

/** Every procedure there is, one line each. */
import type { Sop } from '../../domain/sop.ts';
import type { Database } from '../../prisma/database.ts';
import type { IntercomReader } from '../../providers/intercom/reads.ts';
import type { StripeReader } from '../../providers/stripe/reads.ts';
import type { People } from './people.ts';
import { createMoney } from './money/sop.ts';
import { createRevenues } from './shared/revenue.ts';
import { createTeamPulse } from './team-pulse/sop.ts';

export interface SopDeps {
  db: Pick<Database, 'sql'>;
  /** Reads Stripe's API; null when it is not connected. */
  stripe: StripeReader | null;
  /** Reads Intercom's API; null when it is not connected. */
  intercom: IntercomReader | null;
  /** Whether an operation's provider, or `email` or `slack_dm`, is connected. */
  connected(name: string): boolean;
  people: People;
}

export function createSops({ db, stripe, connected, people }: SopDeps): Sop[] {
  return [createMoney({ db, stripe, connected, revenues: createRevenues(db) }), createTeamPulse({ db, people })];
}

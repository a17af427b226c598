/** Every procedure there is, one line each. */
import { settingsFrom, type Settings, type StoredSettings } from '../../domain/setting-registry.ts';
import type { Sop } from '../../domain/sop.ts';
import { verticalName } from '../../domain/words.ts';
import type { Database } from '../../prisma/database.ts';
import type { GithubReader } from '../../providers/github/reads.ts';
import type { IntercomReader } from '../../providers/intercom/reads.ts';
import type { StripeReader } from '../../providers/stripe/reads.ts';
import type { People } from './people.ts';
import { createCustomerFire } from './customer-fire/sop.ts';
import { createMoney } from './money/sop.ts';
import { createRelease } from './release/sop.ts';
import { sop_settings, sopSettingsOf, type SopSettings } from './settings.ts';
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

export function createSops({ settings, ...deps }: SopDeps): Sop[] {
  return sopsWith({ ...deps, revenues: createRevenues(deps.db) }, { ...sop_settings, ...settings });
}

/** The procedures as an organisation has set them. */
export interface Procedures {
  sops: readonly Sop[];
  /** Why this one drafts nothing; null while it does. */
  switchedOff(vertical: string): string | null;
}
/** Takes what the organisation has stored of its settings, which comes with the event. */
export type ProceduresFor = (stored: StoredSettings) => Procedures;

/** Organisations that were asked for lately; one that is not kept is put together again. */
const kept_max = 100;

export function createProcedures(deps: Omit<SopDeps, 'settings'>): ProceduresFor {
  const shared = { ...deps, revenues: createRevenues(deps.db) };
  const kept = new Map<string, Procedures>();
  return (stored) => {
    const key = JSON.stringify(stored);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = { sops: sopsWith(shared, sopSettingsOf(stored)), switchedOff: switchesOf(settingsFrom(stored)) };
    if (kept.size >= kept_max) kept.clear();
    kept.set(key, made);
    return made;
  };
}

/** The same for every organisation. */
export function proceduresOf(sops: readonly Sop[]): ProceduresFor {
  return () => ({ sops, switchedOff: () => null });
}

function switchesOf(settings: Settings): Procedures['switchedOff'] {
  const switches: { [key: string]: unknown } = settings;
  return (vertical) => (switches[`${vertical}.enabled`] === false ? `${verticalName(vertical)} is switched off in the settings` : null);
}

function sopsWith(
  {
    db,
    stripe,
    intercom,
    github,
    connected,
    people,
    revenues,
  }: Omit<SopDeps, 'settings'> & { revenues: ReturnType<typeof createRevenues> },
  settings: SopSettings,
): Sop[] {
  return [
    createMoney({ db, stripe, connected, people, revenues }, settings.money),
    createCustomerFire({ db, intercom, connected, people, revenues }, settings.customer_fire),
    createRelease({ db, github, connected, people }, settings.release),
    createTeamPulse({ db, people }, settings.team_pulse),
  ];
}

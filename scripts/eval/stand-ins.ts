/** What answers for the providers that a scenario connects. What is not connected is not there. */
import type { SopDeps } from '../../activities/verticals/registry.ts';
import type { Executor } from '../../domain/executor.ts';
import { context_request } from '../../domain/context.ts';
import { createPeople } from '../../activities/verticals/people.ts';
import type { Database } from '../../prisma/database.ts';
import type { Course } from './scenario.ts';

type Connected = NonNullable<Course['connected']>[number];

export interface StandIns extends SopDeps {
  executorFor(action_type: string, operation: string | null): Executor | null;
}

export function standInsFor(
  db: Database,
  { connected = [], context = {}, unreadable = [] }: Pick<Course, 'connected' | 'context' | 'unreadable'>,
): StandIns {
  const isConnected = (provider: Connected) => connected.includes(provider);
  const executorFor = (action_type: string, operation: string | null): Executor | null => {
    const provider = providerOf(operation ?? action_type);
    return provider === 'mail' || connected.some((one) => one === provider) ? idle(provider) : null;
  };
  const github = unreadable.includes('github') ? { unreadable: 'it could not be reached', refused: false } : read;
  return {
    db,
    executorFor,
    connected: (name) => executorFor(name === 'email' || name === 'slack_dm' ? name : 'api_call', name) !== null,
    // Stripe's API adds nothing to what was delivered.
    stripe: isConnected('stripe') ? async () => ({ objects: [], unreadable: null }) : null,
    // Slack's directory knows nobody: who has a Slack user was told with the team.
    people: createPeople({ db, slack: isConnected('slack') ? { memberByEmail: async () => null } : null }),
    // GitHub's API knows no more than its webhooks told.
    github: isConnected('github')
      ? { deployments: async () => ({ told: [], ...github }), pullRequestOf: async () => ({ facts: [], ...github }) }
      : null,
    intercom: isConnected('intercom') ? async () => ({ threads: [], admins: adminsOf(context), unreadable: null }) : null,
  };
}

const read = { unreadable: null, refused: false };

/** `mail` needs nobody's account: without a server it goes into the local outbox. */
function providerOf(name: string): string {
  if (name === 'email' || name.startsWith('calendar.')) return 'mail';
  return name === 'slack_dm' ? 'slack' : (name.split('.', 1)[0] ?? name);
}

/** A scenario ends before anything runs. */
function idle(provider: string): Executor {
  return {
    repeat: 'never-retry',
    connection: () => `stand-in:${provider}`,
    describe: () => ({}),
    run: async () => {
      throw new Error('a scenario runs nothing');
    },
  };
}

/** Everybody on our side whose address was told has a seat in Intercom, numbered from 1001. */
function adminsOf(context: NonNullable<Course['context']>) {
  const { customers = [], founder } = context_request.parse(context);
  const emails = [founder?.email, ...customers.map(({ owner_email }) => owner_email)].filter((email) => email !== undefined);
  return [...new Set(emails)].map((email, index) => ({
    id: String(1001 + index),
    name: null,
    email,
    title: null,
    has_inbox_seat: true,
    away: false,
  }));
}

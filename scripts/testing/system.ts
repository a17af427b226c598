/** The running system inside one process: the worker with its real activities and the real dispatcher, on a real Postgres and Temporal. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { pino } from 'pino';

import { createActivities } from '../../activities/index.ts';
import { createPeople } from '../../activities/verticals/people.ts';
import { createProcedures } from '../../activities/verticals/registry.ts';
import { workflowIdOf, type ExecOpsActivities } from '../../domain/contract.ts';
import type { Person } from '../../domain/app.ts';
import { parseEnvironment, type Environment } from '../../domain/environment.ts';
import type { ActionType } from '../../domain/action.ts';
import type { ProposalStatus } from '../../domain/proposal.ts';
import { settingDefaultsOf } from '../../domain/setting-registry.ts';
import type { Json } from '../../domain/text.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import { resolve, retry, undo } from '../../prisma/aftercare.ts';
import type { Database } from '../../prisma/database.ts';
import { decide } from '../../prisma/decide.ts';
import { insertEvent } from '../../prisma/events.ts';
import { withOwnExecutors } from '../../prisma/own-executors.ts';
import { readProposal } from '../../prisma/proposals.ts';
import { requestWake } from '../../prisma/wakeups.ts';
import { createWording } from '../../providers/openai/outbound.ts';
import { createExecutors } from '../../providers/registry.ts';
import { parseStripe } from '../../providers/stripe/inbound.ts';
import { createDispatcher, type Dispatcher } from '../../temporal/dispatcher.ts';
import { createWorker, installRuntime } from '../../temporal/worker.ts';
import { workflow_bundle_path } from '../build-workflows.ts';
import { member } from './cards.ts';
import { payment, type Payment } from './payments.ts';
import { until } from './wait.ts';

export interface Place {
  db: Database;
  org_id: string;
  temporal: { address: string; namespace: string };
}

export type System = Awaited<ReturnType<typeof startSystem>>;

const logger = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
let runtime_installed = false;

/** Temporal's own log lines stay as quiet as ours. It has to come before anything native is started. */
export function quietRuntime(): void {
  if (!runtime_installed) installRuntime(logger);
  runtime_installed = true;
}

/** The real activities, as the worker's composition root makes them. */
export async function realActivities(db: Database, environment: Environment): Promise<ExecOpsActivities> {
  const { executorFor: providersFor, stripe, intercom, github, slack, connected } = await createExecutors(environment);
  const checkpointer = new PostgresSaver(db.pool, undefined, { schema: 'langgraph' });
  return createActivities({
    db,
    proceduresFor: createProcedures({ db, stripe, intercom, github, connected, people: createPeople({ db, slack }) }),
    executorFor: withOwnExecutors(providersFor, { db, setting_defaults: settingDefaultsOf(environment) }),
    checkpointer,
    wording: createWording(environment),
    logger,
  });
}

export async function startSystem({ db, org_id, temporal }: Place, variables: Record<string, string> = {}) {
  quietRuntime();
  const data_dir = mkdtempSync(join(tmpdir(), 'execops-system-'));
  const environment = parseEnvironment({
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    DATA_DIR: data_dir,
    ...variables,
  });
  const activities = await realActivities(db, environment);
  const { worker, close } = await createWorker({ environment, activities, workflows: { bundle_path: workflow_bundle_path } });
  const running = worker.run();
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection, namespace: temporal.namespace });
  const dispatcher = createDispatcher({ db, temporal: client, logger });
  dispatcher.run();
  const ana = await member(db, org_id);

  return {
    ...peopleAndCards({ db, org_id, ana, dispatcher, client }),
    data_dir,
    client,
    /** The mails in the local outbox that a proposal's executions put there. */
    async outboxOf(proposal_id: string): Promise<string[]> {
      const folder = join(data_dir, 'outbox');
      const files = (await readdir(folder).catch(() => [])).filter((name) => name.includes(proposal_id) && name.endsWith('.eml'));
      return Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
    },
    async stop() {
      await dispatcher.stop();
      worker.shutdown();
      await running;
      await Promise.all([close(), connection.close()]);
      rmSync(data_dir, { recursive: true, force: true });
    },
  };
}

interface Parts {
  db: Database;
  org_id: string;
  ana: Person;
  dispatcher: Pick<Dispatcher, 'started' | 'wake'>;
  client: Client;
}

/** What events and people do to the system. */
export function peopleAndCards({ db, org_id, ana, dispatcher, client }: Parts) {
  const view = (id: string) => readProposal(db, org_id, id);
  const workflowOf = (event_id: string): WorkflowHandle => client.workflow.getHandle(workflowIdOf(event_id));

  async function deliver(event: Json): Promise<string> {
    const inbound = parseStripe(event);
    const { event_id } = await insertEvent(db, org_id, inbound);
    if (inbound.ignored === null) dispatcher.started({ org_id, event_id });
    return event_id;
  }

  /** The card that an event made. */
  async function cardOf(event_id: string, action_type: ActionType = 'email'): Promise<ProposalView> {
    return until(`event ${event_id} has its ${action_type} card`, async () => {
      const [row] = await db.sql<{ id: string }>`select id from proposals where event_id = ${event_id} and action_type = ${action_type}`;
      return row && view(row.id);
    });
  }

  async function decided(
    decision: 'approve' | 'reject',
    card: Pick<ProposalView, 'id' | 'payload_hash'>,
    options: DecideOptions,
  ): Promise<void> {
    const { person = ana, undo_seconds = 0, edit } = options;
    const { wake } = await decide(
      db,
      person,
      { proposal_id: card.id, decision, payload_hash: card.payload_hash, edit },
      { via: 'api', undo_seconds },
    );
    dispatcher.wake(wake);
  }

  async function wake(event_id: string): Promise<void> {
    dispatcher.wake(await requestWake(db.sql, { workflow_id: workflowIdOf(event_id), org_id, event_id }, 'caller'));
  }

  return {
    db,
    org_id,
    ana,
    wake,
    /** Lets an approval's undo window end now. */
    async endUndoWindow({ id }: { id: string }, event_id: string): Promise<void> {
      await db.sql`update proposals set executes_at = now() where id = ${id}`;
      await wake(event_id);
    },
    dispatcher,
    view,
    workflowOf,
    deliver,
    cardOf,
    payment: () => payment(db, ana),
    /** A pending card, the event that made it and the payment it is about. */
    async pending(invoice: { [key: string]: Json } = {}): Promise<{ card: ProposalView; event_id: string; payment: Payment }> {
      const one = await payment(db, ana);
      const event_id = await deliver(one.failed(invoice));
      return { card: await cardOf(event_id), event_id, payment: one };
    },
    approve: (card: Pick<ProposalView, 'id' | 'payload_hash'>, options: DecideOptions = {}) => decided('approve', card, options),
    reject: (card: Pick<ProposalView, 'id' | 'payload_hash'>) => decided('reject', card, {}),
    undo: async ({ id }: { id: string }) => dispatcher.wake(await undo(db, ana, id)),
    retry: async ({ id }: { id: string }) => dispatcher.wake(await retry(db, ana, id)),
    resolve: async ({ id }: { id: string }, outcome: 'executed' | 'failed', note: string) =>
      dispatcher.wake(await resolve(db, ana, id, outcome, note)),
    reached: (card: { id: string }, status: ProposalStatus, within_ms?: number): Promise<ProposalView> =>
      until(
        `proposal ${card.id} is ${status}`,
        async () => {
          const now = await view(card.id);
          return now.status === status ? now : null;
        },
        within_ms,
      ),
    /** Resolves when nothing is left for the event's workflow to do. */
    completed: (event_id: string) =>
      until(`the workflow of ${event_id} is completed`, async () => (await workflowOf(event_id).describe()).status.name === 'COMPLETED'),
  };
}

interface DecideOptions {
  person?: Person;
  undo_seconds?: number;
  edit?: Json;
}

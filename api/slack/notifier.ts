/**
 * Keeps what people see in Slack as it should be. It is told that something changed, never what: it compares what each
 * message shows with what it should show, in Postgres, so that nothing is missed and several replicas share the work.
 */
import type { WebClient } from '@slack/web-api';

import { NotNow, ProviderUnreachable } from '../../domain/executor.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import type { Database } from '../../prisma/database.ts';
import { quietUntilFor } from '../../prisma/quiet-hours.ts';
import {
  holdsBack,
  leaseMessage,
  LeaseLost,
  mayHaveMessages,
  messageFailed,
  nextDueIn,
  planMessages,
  releaseReminders,
} from '../../prisma/slack-messages.ts';
import { SlackRefusal } from '../../providers/slack/client.ts';
import type { Live } from '../live.ts';
import type { Logger } from '../log.ts';
import { showMessage } from './show.ts';
import type { Workspace } from './workspace.ts';

export interface Notifier {
  start(): void;
  stop(): Promise<void>;
}

export interface NotifierDeps {
  db: Database;
  live: Pick<Live, 'subscribe'>;
  slack: WebClient;
  workspace: Pick<Workspace, 'team'>;
  org_id: string;
  view(proposal_id: string): Promise<ProposalView>;
  pageOf(proposal_id: string): string;
  logger: Logger;
}

/** Messages on their way at once. */
const lanes = 4;
const back_off_ms_max = 60_000;
/** A token is put right by a person, which takes its time. */
const refused_ms = 300_000;
/** Another replica's lease may end a moment later than this process's clock says. */
const timer_slack_ms = 100;

export function createNotifier(deps: NotifierDeps): Notifier {
  const { db, live, workspace, org_id, logger } = deps;
  let unsubscribe: () => void = () => undefined;
  let started = false;
  let stopping = false;
  let roused = false;
  let failures = 0;
  /** Nothing is asked of Slack before then. */
  let resting_until_ms = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;

  function rouse(): void {
    roused = true;
    if (started && !stopping) running ??= run().finally(() => (running = null));
  }

  async function run(): Promise<void> {
    while (roused && !stopping) {
      roused = false;
      clearTimeout(timer);
      rouseIn(await sweep());
    }
  }

  /** There is a timer only while something waits for it. */
  function rouseIn(ms: number | null): void {
    if (ms === null || stopping) return;
    timer = setTimeout(rouse, Math.max(ms, resting_until_ms - Date.now(), 0) + timer_slack_ms);
    timer.unref();
  }

  /** Shows everything that is due. Resolves to when there is more to do; null when there is not. */
  async function sweep(): Promise<number | null> {
    try {
      if (!(await mayHaveMessages(db.sql, org_id))) return null;
      if (isResting()) return 0;
      const team_id = await workspace.team();
      const quiet_until = await quietUntilFor(db.sql, org_id);
      const quiet = quiet_until !== null;
      if (!quiet) await releaseReminders(db.sql, org_id);
      await planMessages(db.sql, org_id, team_id, { quiet });
      await Promise.all(Array.from({ length: lanes }, () => lane(team_id, quiet)));
      if (!isResting()) failures = 0;
      const due_in_ms = await nextDueIn(db.sql, org_id, team_id);
      if (quiet_until === null || !(await holdsBack(db.sql, org_id, team_id))) return due_in_ms;
      return Math.min(due_in_ms ?? Infinity, quiet_until.getTime() - Date.now());
    } catch (error) {
      rest(error, restAfter(error) ?? backOff());
      return 0;
    }
  }

  async function lane(team_id: string, quiet: boolean): Promise<void> {
    while (!stopping && !isResting()) {
      const message = await leaseMessage(db.sql, org_id, team_id);
      if (message === null) return;
      try {
        await showMessage({ ...deps, quiet }, message);
      } catch (error) {
        if (error instanceof LeaseLost) continue;
        const ms = restAfter(error);
        if (ms === null)
          logger.warn({ err: error, proposal_id: message.proposal_id }, 'Slack does not show a card as it is; it is tried again');
        else rest(error, ms);
        await messageFailed(db.sql, message, ms === null ? null : ms / 1_000);
      }
    }
  }

  const isResting = () => Date.now() < resting_until_ms;
  const backOff = () => Math.min(back_off_ms_max, 500 * 2 ** Math.min(failures + 1, 10));

  /** How long nothing is asked after this failure; null when it was about one message only. */
  function restAfter(error: unknown): number | null {
    if (error instanceof NotNow && error.retry_after_seconds !== null) return error.retry_after_seconds * 1_000;
    if (error instanceof SlackRefusal && error.of_app) return refused_ms;
    const unreachable = error instanceof ProviderUnreachable || (error instanceof Error && error.cause instanceof ProviderUnreachable);
    return unreachable ? backOff() : null;
  }

  /** Once for all lanes that failed together. */
  function rest(error: unknown, ms: number): void {
    if (isResting()) return;
    failures += 1;
    resting_until_ms = Date.now() + ms;
    const level = error instanceof SlackRefusal ? 'error' : 'warn';
    logger[level]({ err: error, again_in_seconds: Math.ceil(ms / 1_000) }, 'cards cannot be shown in Slack; that is tried again later');
  }

  return {
    start() {
      started = true;
      unsubscribe = live.subscribe(org_id, rouse);
      rouse();
    },
    async stop() {
      stopping = true;
      unsubscribe();
      clearTimeout(timer);
      await running;
    },
  };
}

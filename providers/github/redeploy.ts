/** Deploys an earlier commit again, through a workflow of the repository that was written for it (docs/github.md). */
import { z } from 'zod';

import type { Action } from '../../domain/action.ts';
import { NotNow, OutcomeUnknown, PermanentError, type ExecutionResult, type Executor, type LookUpOrder } from '../../domain/executor.ts';
import type { PayloadOf } from '../../domain/operations.ts';
import { garbled } from '../http.ts';
import { connected, newestOf, placeOf, type GithubAccount } from './account.ts';
import { asking } from './client.ts';

/** A dispatched run shows up in the list a moment after the dispatch was answered. */
const appears_after_ms = 30_000;

/** With `return_run_details`, since 2026; without a body before: https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event */
const started_run = z.object({ workflow_run_id: z.int(), html_url: z.string() });
const listed_runs = z.object({
  workflow_runs: z.array(
    z.object({
      id: z.int(),
      html_url: z.string(),
      display_title: z.string().nullish(),
      name: z.string().nullish(),
      created_at: z.iso.datetime({ offset: true }),
    }),
  ),
});
const file_content = z.object({ type: z.literal('file'), encoding: z.literal('base64'), content: z.string() });

export function createRedeploy(account: GithubAccount | null): Executor {
  return {
    repeat: 'look-before-write',
    connection: () => account?.identity.connection() ?? null,
    describe(action, key) {
      const { repository, workflow } = redeployOf(action);
      return { method: 'POST', path: `/repos/${repository}/actions/workflows/${workflow}/dispatches`, body: bodyOf(action, key) };
    },
    async run({ action, idempotency_key, dispatching, signal }): Promise<ExecutionResult> {
      const github = connected(account);
      const { repository, workflow, ref, sha } = redeployOf(action);
      signal.throwIfAborted();
      await dispatching();
      const request = { ...placeOf(repository), workflow_id: workflow, ...bodyOf(action, idempotency_key), request: { signal } };
      const { status, data } = await asking('effect', github.actions.createWorkflowDispatch(request)).catch((error: unknown) => {
        throw error instanceof PermanentError ? new PermanentError(`${error.message} ${how_to_write}`, { cause: error }) : error;
      });
      const run = started_run.safeParse(data).data;
      if (Number(status) !== 204 && run === undefined) throw garbled('GitHub', 'effect');
      return { repository, workflow, ref, sha, ...(run && { run: run.workflow_run_id, url: run.html_url }) };
    },
    lookUp,
  };

  async function lookUp(order: LookUpOrder): Promise<ExecutionResult | null> {
    const { repository, workflow, ref, sha } = redeployOf(order.action);
    const found = await runOf(order);
    if (found !== null) return { repository, workflow, ref, sha, run: found.id, url: found.html_url };
    if (!(await showsMarker(order)))
      throw new OutcomeUnknown(`It may have been started, and the runs of ${workflow} do not say for what they were. ${how_to_write}`);
    const since_ms = Date.now() - (order.dispatched_at ?? order.first_attempt_at).getTime();
    if (since_ms < appears_after_ms) throw new NotNow('GitHub may not list the run yet.', Math.ceil((appears_after_ms - since_ms) / 1_000));
    return null;
  }

  async function runOf({ action, idempotency_key, first_attempt_at, signal }: LookUpOrder) {
    const { repository, workflow } = redeployOf(action);
    return newestOf(
      first_attempt_at,
      async (paging) => {
        const request = { ...placeOf(repository), workflow_id: workflow, event: 'workflow_dispatch', request: { signal }, ...paging };
        const page = listed_runs.safeParse((await asking('read', connected(account).actions.listWorkflowRuns(request))).data);
        if (!page.success) throw garbled('GitHub', 'read');
        return page.data.workflow_runs;
      },
      ({ display_title, name }) => [display_title, name].some((title) => title?.split(/\s/).includes(idempotency_key)),
    );
  }

  /** Whether the workflow, as it is on that branch or tag, names its runs after the marker: only then does no run mean none. */
  async function showsMarker({ action, signal }: LookUpOrder): Promise<boolean> {
    const { repository, workflow, ref } = redeployOf(action);
    const request = { ...placeOf(repository), path: `.github/workflows/${workflow}`, ref, request: { signal } };
    const file = await asking('read', connected(account).repos.getContent(request)).catch((error: unknown) => {
      if (error instanceof PermanentError) return null;
      throw error;
    });
    const read = file_content.safeParse(file?.data);
    if (!read.success) return false;
    return /^run-name:.*\$\{\{\s*(github\.event\.)?inputs\.execops\b/m.test(Buffer.from(read.data.content, 'base64').toString('utf8'));
  }
}

const how_to_write = 'How to write the workflow is in docs/github.md.';

function bodyOf(action: Action, key: string) {
  const { ref, sha } = redeployOf(action);
  return { ref, inputs: { sha, execops: key }, return_run_details: true };
}

function redeployOf(action: Action): PayloadOf<'github.redeploy'> {
  if (action.operation === 'github.redeploy') return action.payload;
  throw new PermanentError(`This executor cannot run "${action.operation ?? action.action_type}".`);
}

/** Replays what an instance has stored twice, with the usual and with other settings, so that the difference is theirs alone. */
import { sopSettingsOf, type SopSettings } from '../../activities/verticals/settings.ts';
import type { Environment } from '../../domain/environment.ts';
import type { Json } from '../../domain/text.ts';
import { migrate } from '../../prisma/migrate.ts';
import type { Course } from '../eval/scenario.ts';
import { cloneDatabase, withScratchPostgres } from '../scratch-postgres.ts';
import { differenceOf, type Difference } from './difference.ts';
import { openHistory, type History } from './history.ts';
import { openReplay, type Replay } from './replay.ts';
import type { Trial } from './settings.ts';

export interface ShadowRun {
  sop: Trial['sop'];
  changes: Trial['changes'];
  since: Date | null;
  /** How many were judged, and how many older ones only left their facts. */
  events: { judged: number; older: number };
  difference: Difference;
  /** Events that could not be judged, with the usual settings or the others. */
  failed: { event_id: string; error: string }[];
}

export interface ShadowInput {
  /** The instance's; it is only read. */
  database_url: string;
  environment: Environment;
  trial: Trial;
  /** How long ago the first judged event came in at most; null for all there are. */
  since_ms: number | null;
}

export async function runShadow({ database_url, environment, trial, since_ms }: ShadowInput): Promise<ShadowRun> {
  const history = await openHistory(database_url);
  try {
    const since = since_ms === null ? null : new Date((await history.now()).getTime() - since_ms);
    const [people, facts, proposals] = [await history.people(), await history.facts(), await history.proposals(trial.sop)];
    const { usual: usual_settings, changed: changed_settings, changes } = against(sopSettingsOf(await history.settings()), trial);
    const input = { sop: trial.sop, settings: usual_settings, people, facts, proposals, connected: connectedIn(environment) };
    return await withScratchPostgres(async (url) => {
      await migrate(url);
      const usual = await openReplay(await cloneDatabase(url, 'usual'), input);
      const changed = await openReplay(await cloneDatabase(url, 'changed'), { ...input, settings: changed_settings });
      try {
        const { events, failed } = await replayAll(history, [usual, changed], since);
        const difference = differenceOf(await usual.proposals(), await changed.proposals(), proposals);
        return { sop: trial.sop, changes, since, events, difference, failed };
      } finally {
        await Promise.all([usual.close(), changed.close()]);
      }
    });
  } finally {
    await history.close();
  }
}

/** The trial against what the instance has set. */
function against(usual: SopSettings, { sop, changes }: Trial): { usual: SopSettings; changed: SopSettings; changes: Trial['changes'] } {
  const now: { [name: string]: Json } = { ...usual[sop] };
  const wanted = Object.fromEntries(changes.map(({ name, to }) => [name, to]));
  const from = changes.map((change) => ({ ...change, from: now[change.name] ?? change.from }));
  return { usual, changed: { ...usual, [sop]: { ...now, ...wanted } }, changes: from };
}

async function replayAll(history: History, replays: readonly Replay[], since: Date | null) {
  const events = { judged: 0, older: 0 };
  const failed: ShadowRun['failed'] = [];
  for await (const event of history.events()) {
    const judged = since === null || event.received_at >= since;
    events[judged ? 'judged' : 'older'] += 1;
    const outcomes = await Promise.allSettled(replays.map((replay) => replay.take(event, { judged })));
    const refusal = outcomes.find((outcome) => outcome.status === 'rejected');
    if (refusal !== undefined) failed.push({ event_id: event.id, error: sentenceOf(refusal.reason) });
  }
  return { events, failed };
}

function sentenceOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Providers whose cards this instance drafts. None of them is asked: what they told then is in the events. */
function connectedIn(environment: Environment): NonNullable<Course['connected']> {
  const variables = {
    slack: environment.SLACK_BOT_TOKEN,
    github: environment.GITHUB_TOKEN,
    intercom: environment.INTERCOM_TOKEN,
    hubspot: environment.HUBSPOT_TOKEN,
    stripe: environment.STRIPE_API_KEY,
  };
  const names = ['slack', 'github', 'intercom', 'hubspot', 'stripe'] as const;
  return names.filter((name) => variables[name] !== undefined);
}

/** What is said aloud in a message's thread, once each: a message that changes in its place makes no sound. */
import type { WebClient } from '@slack/web-api';

import { stagesAhead } from '../../domain/escalation.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import type { Database } from '../../prisma/database.ts';
import { nextDeputy } from '../../prisma/delegations.ts';
import { holdReminder, noteMessage, type Learned, type SlackMessage } from '../../prisma/slack-messages.ts';
import { asking } from '../../providers/slack/client.ts';
import { isAnnounced } from './find.ts';
import { cut, inert, moment } from './text.ts';

/** A message that stands in Slack. */
export type Placed = SlackMessage & { channel: string; ts: string };

export interface ThreadDeps {
  db: Pick<Database, 'sql'>;
  slack: WebClient;
  /** Quiet hours: what is not critical is said when they end. */
  quiet: boolean;
}

/** Something that has to be said, and how it is noted that it will be and that it was. */
interface Announcement {
  marker: 'execops_alert' | 'execops_reminder';
  begun: boolean;
  begins: Learned;
  done: Learned;
  text(): Promise<string>;
}

const title_chars_max = 300;
export const quiet = { unfurl_links: false, unfurl_media: false } as const;

export async function announce(deps: ThreadDeps, message: Placed, view: ProposalView): Promise<void> {
  const due = announcementOf(deps, message, view);
  if (due === null) return;
  if (deps.quiet && due.marker === 'execops_reminder') return holdReminder(deps.db.sql, message);
  const { channel, ts, marker } = message;
  if (!due.begun || !(await isAnnounced(deps.slack, { channel, ts }, due.marker, marker))) {
    const text = await due.text();
    await noteMessage(deps.db.sql, message, due.begins);
    await asking(
      'effect',
      deps.slack.chat.postMessage({
        channel,
        thread_ts: ts,
        reply_broadcast: true,
        text,
        metadata: { event_type: due.marker, event_payload: { marker } },
        ...quiet,
      }),
    );
  }
  await noteMessage(deps.db.sql, message, due.done);
}

function announcementOf(deps: ThreadDeps, message: Placed, view: ProposalView): Announcement | null {
  if (view.status !== 'pending' || !message.decides) return null;
  const title = inert(cut(view.title, title_chars_max));
  if (view.urgency === 'critical') {
    if (message.told_critical) return null;
    return {
      marker: 'execops_alert',
      begun: message.alert_intended_at !== null,
      begins: { alert_intended: true },
      done: { told_critical: true },
      text: () => Promise.resolve(`Critical now: ${title}`),
    };
  }
  if (message.told_reminder || !needsReminder(message, view)) return null;
  return {
    marker: 'execops_reminder',
    begun: message.reminder_intended_at !== null,
    begins: { reminder_intended: true },
    done: { told_reminder: true },
    text: async () => `Still waits for a decision: ${title}. ${await whatComes(deps, message, view)}`,
  };
}

/** Whoever put it off is not reminded before it is back, and whoever got it after the time for that needs no reminder. */
function needsReminder({ ts }: Placed, view: ProposalView): boolean {
  const at = stageTime(view, 'reminded');
  return view.escalation.stage === 'reminded' && !view.flags.includes('snoozed') && at !== null && Number(ts) * 1_000 < at.getTime();
}

async function whatComes({ db }: ThreadDeps, { org_id }: Placed, view: ProposalView): Promise<string> {
  const critical = view.escalates_at === null ? 'stays as urgent as it is' : `becomes critical ${moment(view.escalates_at)}`;
  const handed_on = stageTime(view, 'delegated');
  const deputy = view.delegation === null ? await nextDeputy(db.sql, org_id, view.action_type) : null;
  if (handed_on === null || deputy === null) return `It ${critical}.`;
  return `It is delegated to ${inert(cut(deputy.name, title_chars_max))} ${moment(handed_on.toISOString())} and ${critical}.`;
}

function stageTime({ escalation: { from, at } }: ProposalView, stage: 'reminded' | 'delegated'): Date | null {
  if (from === null || at === null) return null;
  const clock = { urgency: 'high', escalation: 'none', escalates_from: new Date(from), escalates_at: new Date(at) } as const;
  return stagesAhead(clock).find((ahead) => ahead.stage === stage)?.at ?? null;
}

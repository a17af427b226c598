/** Web processes as far as Slack is concerned, over one database and one workspace in which Ana is linked. */
import { pino, type Logger } from 'pino';

import type { Person } from '../../domain/app.ts';
import { readProposal } from '../../prisma/proposals.ts';
import { createSlackClient } from '../../providers/slack/client.ts';
import { member } from '../../scripts/testing/cards.ts';
import { testDatabase, type TestDatabase } from '../../scripts/testing/database.ts';
import { slack_token, startSlack, type SlackMessage, type TestSlack } from '../../scripts/testing/slack.ts';
import { createLive, type Live } from '../live.ts';
import { createNotifier, type Notifier } from './notifier.ts';
import { createWorkspace } from './workspace.ts';

export interface NotifierStage {
  place: TestDatabase;
  slack: TestSlack;
  ana: Person;
  /** One more web process. */
  replica(logger?: Logger): Notifier;
  link(person: Person, slack_user_id: string): Promise<void>;
  rows(): ReturnType<TestDatabase['db']['prisma']['slack_messages']['findMany']>;
  posts(): number;
  /** What was said in the thread of any card of this person, oldest first. */
  threadOf(slack_user_id: string): SlackMessage[];
  close(): Promise<void>;
}

export async function startNotifierStage(): Promise<NotifierStage> {
  const place = await testDatabase();
  const slack = await startSlack();
  const running: { notifier: Notifier; live: Live }[] = [];
  const { db, org_id } = place;

  async function link({ user_id }: Person, slack_user_id: string): Promise<void> {
    if (!slack.users.some(({ id }) => id === slack_user_id))
      slack.users.push({ id: slack_user_id, email: `${slack_user_id.toLowerCase()}@example.com`, name: slack_user_id });
    await db.sql`insert into slack_links (team_id, slack_user_id, org_id, user_id) values ('T0TEST', ${slack_user_id}, ${org_id}, ${user_id})`;
  }

  const ana = await member(db, org_id);
  await link(ana, 'U0ANA');
  return {
    place,
    slack,
    ana,
    link,
    replica(logger = pino({ level: 'silent' })) {
      const client = createSlackClient({ token: slack_token, api_url: slack.url, ms_max: 8_000 });
      const live = createLive(db);
      const notifier = createNotifier({
        db,
        live,
        slack: client,
        workspace: createWorkspace(client),
        org_id,
        view: (id) => readProposal(db, org_id, id),
        pageOf: (id) => `https://ops.example.com/inbox/${id}`,
        logger,
      });
      notifier.start();
      live.start();
      running.push({ notifier, live });
      return notifier;
    },
    rows: () => db.prisma.slack_messages.findMany(),
    posts: () => slack.requests.filter(({ path }) => path.includes('chat.postMessage')).length,
    threadOf: (slack_user_id) =>
      slack.messages.filter(({ channel, form }) => channel === `D${slack_user_id}` && form.thread_ts !== undefined),
    async close() {
      for (const { notifier, live } of running.splice(0)) {
        await notifier.stop();
        await live.stop();
      }
      await slack.close();
      await place.close();
    },
  };
}

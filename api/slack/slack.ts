/** The Slack surface, put together: clicks, windows and commands by Bolt, cards as direct messages, and who is who. */
import type { App } from '@slack/bolt';
import express, { type RequestHandler, type Router } from 'express';

import type { Environment } from '../../domain/environment.ts';
import type { Database } from '../../prisma/database.ts';
import { readProposal } from '../../prisma/proposals.ts';
import { createSlackClient } from '../../providers/slack/client.ts';
import type { Live } from '../live.ts';
import type { Logger } from '../log.ts';
import { handleErrors } from '../problems.ts';
import { refuseMethod, type Route } from '../route.ts';
import type { WebhookSecrets } from '../webhook-secrets.ts';
import { createActs, type SlackApplication } from './acts.ts';
import { listenToClicks } from './clicks.ts';
import { listenToCommand } from './command.ts';
import { createLinking } from './linking.ts';
import { boltLogger } from './log.ts';
import { createNotifier } from './notifier.ts';
import { receive } from './receiver.ts';
import { createReplies } from './reply.ts';
import { listenToSubmissions } from './submissions.ts';
import { createWho } from './who.ts';
import { createWorkspace } from './workspace.ts';

export interface Slack {
  /** Comes before the door for webhooks, to which it leaves events. */
  router: Router;
  routes: Route[];
  start(): void;
  stop(): Promise<void>;
}

export interface SlackDeps {
  environment: Pick<Environment, 'SLACK_BOT_TOKEN' | 'SLACK_API_URL' | 'UNDO_SECONDS'>;
  db: Database;
  live: Pick<Live, 'subscribe'>;
  secrets: WebhookSecrets;
  application: SlackApplication;
  org_id: string;
  public_url: string;
  logger: Logger;
}

/** Longer, and Slack has given up on the click that waits for it. */
const call_ms_max = 8_000;

export function createSlack({ environment, db, live, secrets, application, org_id, public_url, logger }: SlackDeps): Slack {
  const { SLACK_BOT_TOKEN: token, SLACK_API_URL: api_url, UNDO_SECONDS: undo_seconds } = environment;
  const client = token === undefined ? null : createSlackClient({ token, api_url, ms_max: call_ms_max });
  const workspace = client && createWorkspace(client);
  const acts = createActs(db, application, { inbox_url: `${public_url}/inbox`, undo_seconds });
  const view = (id: string) => readProposal(db, org_id, id, { undo_seconds });
  const notifier = client && workspace && createNotifier({ db, live, slack: client, workspace, org_id, view, pageOf: acts.pageOf, logger });
  const linking = createLinking({ db, org_id, connected: client !== null });
  const who = createWho({ db, org_id, workspace, public_url, logger });
  const replies = createReplies(client, api_url, logger);

  let loading: Promise<App> | undefined;
  /** Bolt is large, so it is loaded only where somebody clicks. */
  const bolt = () => (loading ??= loadBolt());

  async function loadBolt(): Promise<App> {
    const { App } = await import('@slack/bolt');
    const app = new App({
      receiver: no_receiver,
      // Who a click comes from is looked up for each; Bolt itself calls nobody.
      authorize: async () => ({}),
      convoStore: false,
      ignoreSelf: false,
      logger: boltLogger(logger),
    });
    // Whatever a listener throws is answered where every other request's is.
    app.error(async (error) => {
      throw 'original' in error && error.original instanceof Error ? error.original : error;
    });
    listenToClicks(app, { acts, who, replies, slack: client, logger });
    listenToSubmissions(app, { acts, who, replies, logger });
    listenToCommand(app, { acts, who, linking, replies, public_url, logger });
    return app;
  }

  const slack_secrets = async () => (await secrets.of('slack', ''))?.secrets ?? [];
  return {
    router: routerFor((request, response) => receive({ secrets: slack_secrets, bolt }, request, response), logger),
    routes: linking.routes,
    start() {
      notifier?.start();
      // The first click need not wait for it.
      if (client !== null) void bolt();
    },
    stop: async () => notifier?.stop(),
  };
}

/** What comes in is read by our own server, which hands it over. */
const no_receiver = { init: () => undefined, start: () => Promise.resolve(), stop: () => Promise.resolve() };

/** One address for everything Slack sends: a form is a click or a command, everything else an event. */
function routerFor(answer: RequestHandler, logger: Logger): Router {
  const router = express.Router({ caseSensitive: true });
  router.post(['/slack/events', '/ingest/slack'], (request, response, next) => {
    if (request.is('application/x-www-form-urlencoded')) return answer(request, response, next);
    request.url = request.url.replace('/slack/events', '/ingest/slack');
    next('router');
  });
  router.all('/slack/events', (request, response) => refuseMethod(request, response, ['POST']));
  router.use(['/slack/events', '/ingest/slack'], handleErrors(logger));
  return router;
}

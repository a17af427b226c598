/** Puts the HTTP side together from its parts. */
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import express from 'express';

import type { Surroundings } from '../domain/app.ts';
import { publicUrlOf, type Environment } from '../domain/environment.ts';
import type { IngestSource } from '../domain/event.ts';
import { reasonSwitchedOff } from '../domain/features.ts';
import { Problem } from '../domain/problem.ts';
import { settingDefaultsOf } from '../domain/setting-registry.ts';
import { openBreakers } from '../prisma/breakers.ts';
import type { Database } from '../prisma/database.ts';
import { firstOrganisation } from '../prisma/people.ts';
import { keptSecret } from '../prisma/webhook-secrets.ts';
import { createNoticeMailer } from '../providers/mail/notice.ts';
import type { Executors } from '../providers/registry.ts';
import type { TemporalClient } from '../temporal/client.ts';
import type { Dispatcher } from '../temporal/dispatcher.ts';
import type { Actions } from './actions.ts';
import { createApplication } from './application.ts';
import { accountRoutes } from './account.ts';
import { auditRoute } from './audit.ts';
import { createAuth } from './auth.ts';
import { below } from './base-path.ts';
import { contextRoute } from './context.ts';
import { docsRoutes } from './docs.ts';
import { eventRoutes } from './events.ts';
import { exportRoutes } from './export.ts';
import { createHeaders } from './headers.ts';
import { healthRoutes } from './health.ts';
import { createDoor } from './identity.ts';
import { inboxRoutes } from './inbox.ts';
import { ingestRouter } from './ingest.ts';
import { invitationRoutes } from './invitations.ts';
import { keyRoutes } from './keys.ts';
import { learningRoutes } from './learning.ts';
import { createLive } from './live.ts';
import { requestLog, type Logger } from './log.ts';
import { mailRoute } from './mail.ts';
import { noticeRoutes } from './notices.ts';
import { createNoticesPart } from './notices/part.ts';
import { countAnswers, createCounters, metricsRoute } from './metrics.ts';
import { createPasskeys } from './passkeys/passkeys.ts';
import { passkeyRoutes } from './passkeys/routes.ts';
import { handleErrors } from './problems.ts';
import { peopleRoutes } from './people.ts';
import { proposalRoutes } from './proposals.ts';
import { proposeRoute } from './propose.ts';
import { createGuessLimit, createRateLimit } from './rate-limit.ts';
import { createRetention } from './retention.ts';
import { mountRoutes, type Route } from './route.ts';
import { createSampleSender } from './samples/sender.ts';
import { createSignIn, signInRoutes } from './sign-in.ts';
import { createSignInLimit } from './sign-in-limit.ts';
import { settingRoutes } from './settings.ts';
import { createSettingsMemory } from './settings-memory.ts';
import { createSlack } from './slack/slack.ts';
import { createStreams } from './stream.ts';
import { mountUi } from './ui.ts';
import { createWebhookSecrets } from './webhook-secrets.ts';

export interface ServerDeps {
  environment: Environment;
  db: Database;
  dispatcher: Pick<Dispatcher, 'started' | 'wake'>;
  temporal: Pick<TemporalClient, 'check' | 'replay'>;
  actions: Actions;
  surroundings: Surroundings;
  /** What can be asked whether it works, by the connection's name. */
  trials: Executors['trials'];
  logger: Logger;
}

export interface WebServer {
  /** Resolves to the port once it listens. */
  listen(port: number): Promise<number>;
  /** Takes no new request, ends the streams, and resolves when the requests that run are answered. */
  close(): Promise<void>;
}

const close_grace_ms = 8_000;
const keep_alive_ms = 65_000;

export async function createServer({
  environment,
  db,
  dispatcher,
  temporal,
  actions,
  surroundings,
  trials,
  logger,
}: ServerDeps): Promise<WebServer> {
  const org_id = await firstOrganisation(db);
  const public_url = publicUrlOf(environment);
  const base_path = environment.BASE_PATH;
  const auth = createAuth({ db, secret: await keptSecret(db, org_id, 'sessions'), public_url });
  const guesses = createGuessLimit(db);
  const sign_in_limit = createSignInLimit(db);
  const sign_in = createSignIn({ auth, limit: sign_in_limit, guesses });
  const passkeys = createPasskeys({ db, logger });
  const secrets = createWebhookSecrets({ db, environment, org_id });
  const live = createLive(db);
  const mailer = createNoticeMailer(environment);
  const setting_defaults = settingDefaultsOf(environment);
  const settings = createSettingsMemory(db, setting_defaults);
  const limit = createRateLimit(db);
  const streams = createStreams({ db, live, logger });
  const notices = await createNoticesPart({ environment, db, live, mailer, org_id, logger });
  const counters = createCounters();
  const started = (event_id: string, of: string) => dispatcher.started({ event_id, org_id: of });
  const samples = createSampleSender({ db, secrets, origin: () => `http://127.0.0.1:${portOf(http)}${base_path}` });
  const application = createApplication({
    db,
    auth,
    sign_in,
    passkeys,
    guesses,
    sign_in_limit,
    mailer,
    notices: notices.app,
    public_url,
    wake: (wake) => dispatcher.wake(wake),
    replay: (event) => temporal.replay(event),
    started,
    connectionOf: actions.connectionOf,
    describe: actions.describe,
    sendSample: samples.send,
    workflow_pages:
      surroundings.temporal_ui_url === null
        ? null
        : `${surroundings.temporal_ui_url}/namespaces/${environment.TEMPORAL_NAMESPACE}/workflows`,
    undo_seconds: environment.UNDO_SECONDS,
    setting_defaults,
    trials,
    surroundings,
    logger,
  });
  const slack = createSlack({ environment, db, live, secrets, application, org_id, public_url, logger });
  const probes = healthRoutes({ database: () => db.sql`select 1`, temporal: () => temporal.check(), breakers: () => openBreakers(db.sql) });
  const documented: Route[] = [
    proposeRoute({ db, live, started, actions }),
    ...inboxRoutes(application),
    ...proposalRoutes(application),
    mailRoute(db, environment),
    ...eventRoutes(application),
    contextRoute(db),
    ...keyRoutes(application),
    ...peopleRoutes(application),
    ...invitationRoutes(application),
    ...accountRoutes(application),
    streams.route,
    auditRoute(db),
    ...exportRoutes({ db, logger }),
    ...learningRoutes(db, application),
    ...settingRoutes(application),
    ...slack.routes,
    ...noticeRoutes(notices.app),
    ...signInRoutes(sign_in),
    ...passkeyRoutes({ passkeys, sign_in, limit, public_url: environment.PUBLIC_URL }),
    ...probes,
    metricsRoute(counters),
  ];
  const door = createDoor({
    db,
    auth,
    limit,
    public_origin: environment.PUBLIC_URL && new URL(environment.PUBLIC_URL).origin,
  });

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Only where TLS ends in front of us is there somebody whose word about the caller's address counts.
  app.set('trust proxy', public_url.startsWith('https:') ? 'loopback, linklocal, uniquelocal' : false);
  const switchedOff = async (source: IngestSource, of: string) => reasonSwitchedOff(source, await settings.of(of));
  app.use(slack.router);
  app.use(
    ingestRouter({
      db,
      secrets,
      started,
      switchedOff,
      forgetOld: createRetention({ db, settings, logger }),
      isSample: samples.sent,
      public_origin: new URL(public_url).origin,
      counters,
      logger,
    }),
  );
  app.use(requestLog(logger), countAnswers(counters));
  const headers = createHeaders(public_url.startsWith('https:'));
  app.use(api_paths, ...headers.api);
  mountRoutes(app, [...documented, ...docsRoutes(documented, base_path)], door);
  app.use(api_paths, (request) => {
    throw new Problem('not_found', `Nothing is at ${request.originalUrl.split('?', 1)[0]}. All calls are listed at /docs.`);
  });
  app.use(...headers.pages, await mountUi(application, environment));
  app.use(handleErrors(logger));

  const http = createHttpServer(below({ base_path, site: app, probes, door, logger }));
  http.keepAliveTimeout = keep_alive_ms;
  slack.start();
  notices.start();
  live.start();
  settings.start();

  return {
    async listen(port) {
      await new Promise<void>((resolve, reject) => {
        http.once('error', reject);
        http.listen(port, () => {
          http.off('error', reject);
          resolve();
        });
      });
      return portOf(http);
    },
    async close() {
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      streams.close();
      http.closeIdleConnections();
      const timer = setTimeout(() => http.closeAllConnections(), close_grace_ms);
      await closed;
      clearTimeout(timer);
      await slack.stop();
      await notices.stop();
      await live.stop();
      await settings.stop();
    },
  };
}

const api_paths = /^\/(api|ai|ingest|slack|mcp|health|healthz|ready|metrics|openapi\.json|docs)(?=\/|$)/;

function portOf(http: Server): number {
  const address: AddressInfo | string | null = http.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen yet');
  return address.port;
}

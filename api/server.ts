/** Puts the HTTP side together from its parts. */
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import express from 'express';
import helmet from 'helmet';

import type { Surroundings } from '../domain/app.ts';
import { publicUrlOf, reasonSwitchedOff, type Environment } from '../domain/environment.ts';
import type { IngestSource } from '../domain/event.ts';
import { Problem } from '../domain/problem.ts';
import { openBreakers } from '../prisma/breakers.ts';
import type { Database } from '../prisma/database.ts';
import { firstOrganisation } from '../prisma/people.ts';
import { keptSecret } from '../prisma/webhook-secrets.ts';
import type { TemporalClient } from '../temporal/client.ts';
import type { Dispatcher } from '../temporal/dispatcher.ts';
import type { Actions } from './actions.ts';
import { createApplication } from './application.ts';
import { auditRoute } from './audit.ts';
import { createAuth } from './auth.ts';
import { contextRoute } from './context.ts';
import { docsRoutes } from './docs.ts';
import { eventRoutes } from './events.ts';
import { healthRoutes } from './health.ts';
import { createDoor } from './identity.ts';
import { ingestRouter } from './ingest.ts';
import { keyRoutes } from './keys.ts';
import { learningRoutes } from './learning.ts';
import { createLive } from './live.ts';
import { requestLog, type Logger } from './log.ts';
import { mailRoute } from './mail.ts';
import { countAnswers, createCounters, metricsRoute } from './metrics.ts';
import { handleErrors } from './problems.ts';
import { proposalRoutes } from './proposals.ts';
import { proposeRoute } from './propose.ts';
import { createRateLimit, createSignInLimit } from './rate-limit.ts';
import { mountRoutes, type Route } from './route.ts';
import { createSampleSender } from './samples/sender.ts';
import { createSignIn, signInRoutes } from './sign-in.ts';
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
  logger,
}: ServerDeps): Promise<WebServer> {
  const org_id = await firstOrganisation(db);
  const public_url = publicUrlOf(environment);
  const auth = createAuth({ db, secret: await keptSecret(db, org_id, 'sessions'), public_url });
  const sign_in = createSignIn({ auth, limit: createSignInLimit() });
  const secrets = createWebhookSecrets({ db, environment, org_id });
  const live = createLive(db);
  const streams = createStreams({ db, live, logger });
  const counters = createCounters();
  const started = (event_id: string, of: string) => dispatcher.started({ event_id, org_id: of });
  const application = createApplication({
    db,
    auth,
    sign_in,
    wake: (wake) => dispatcher.wake(wake),
    replay: (event) => temporal.replay(event),
    started,
    connectionOf: actions.connectionOf,
    sendSample: createSampleSender({ db, secrets, port: () => portOf(http) }),
    workflow_pages:
      surroundings.temporal_ui_url === null
        ? null
        : `${surroundings.temporal_ui_url}/namespaces/${environment.TEMPORAL_NAMESPACE}/workflows`,
    undo_seconds: environment.UNDO_SECONDS,
    surroundings,
    logger,
  });
  const slack = createSlack({ environment, db, live, secrets, application, org_id, public_url, logger });
  const documented: Route[] = [
    proposeRoute({ db, live, started, actions }),
    ...proposalRoutes({ app: application, actions }),
    mailRoute(db, environment),
    ...eventRoutes(application),
    contextRoute(db),
    ...keyRoutes(db),
    streams.route,
    auditRoute(db),
    ...learningRoutes(db, application),
    ...slack.routes,
    ...signInRoutes(sign_in),
    ...healthRoutes({ database: () => db.sql`select 1`, temporal: () => temporal.check(), breakers: () => openBreakers(db.sql) }),
    metricsRoute(counters),
  ];
  const door = createDoor({
    db,
    auth,
    limit: createRateLimit(),
    public_origin: environment.PUBLIC_URL && new URL(environment.PUBLIC_URL).origin,
  });

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Only where TLS ends in front of us is there somebody whose word about the caller's address counts.
  app.set('trust proxy', public_url.startsWith('https:') ? 'loopback, linklocal, uniquelocal' : false);
  const switchedOff = (source: IngestSource) => reasonSwitchedOff(source, environment);
  app.use(slack.router);
  app.use(ingestRouter({ db, secrets, started, switchedOff, public_url, counters, logger }));
  app.use(requestLog(logger), countAnswers(counters));
  app.use(api_paths, helmet({ ...headers_everywhere, contentSecurityPolicy: { useDefaults: false, directives: docs_policy } }));
  mountRoutes(app, [...documented, ...docsRoutes(documented)], door);
  app.use(api_paths, (request) => {
    throw new Problem('not_found', `Nothing is at ${request.originalUrl.split('?', 1)[0]}. All calls are listed at /docs.`);
  });
  // The pages' own content security policy is made where they are.
  app.use(helmet({ ...headers_everywhere, contentSecurityPolicy: false }), await mountUi(application, environment.PUBLIC_URL));
  app.use(handleErrors(logger));

  const http = createHttpServer(app);
  http.keepAliveTimeout = keep_alive_ms;
  slack.start();
  live.start();

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
      await live.stop();
    },
  };
}

const api_paths = /^\/(api|ai|ingest|slack|mcp|health|healthz|ready|metrics|openapi\.json|docs)(?=\/|$)/;
const headers_everywhere = {
  strictTransportSecurity: false,
  crossOriginEmbedderPolicy: false,
  frameguard: { action: 'deny' },
  // With no-referrer a browser also hides the origin of a plain form, which the interface then takes for another site's.
  referrerPolicy: { policy: 'same-origin' },
} as const;
const docs_policy = {
  'default-src': ["'none'"],
  'style-src': ["'unsafe-inline'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

function portOf(http: Server): number {
  const address: AddressInfo | string | null = http.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen yet');
  return address.port;
}

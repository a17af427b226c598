/**
 * The door for webhooks: verify the raw bytes, parse, commit in one statement, answer. Nothing else is on this path,
 * for providers give up and count failures when an answer takes long.
 */
import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';

import { ingest_sources, type InboundEvent, type IngestSource } from '../domain/event.ts';
import { Problem } from '../domain/problem.ts';
import { depthOf, mapText, storableText, type Json } from '../domain/text.ts';
import type { Database } from '../prisma/database.ts';
import { insertEvent } from '../prisma/events.ts';
import { parseStripe, verifyStripe } from '../providers/stripe/inbound.ts';
import { body_bytes_max, json_depth_max } from './limits.ts';
import type { Logger } from './log.ts';
import type { Counters } from './metrics.ts';
import { handleErrors, toProblem } from './problems.ts';
import { refuseMethod, requireJson } from './route.ts';
import type { WebhookSecrets } from './webhook-secrets.ts';

interface Receiver {
  /** Throws a SignatureError. */
  verify(delivery: { body: Buffer; headers: Request['headers']; secrets: string[]; now: Date }): void;
  /** Throws a ShapeError. */
  parse(value: Json): InboundEvent;
}

const receivers = { stripe: { verify: verifyStripe, parse: parseStripe } } satisfies Record<IngestSource, Receiver>;

export interface IngestDeps {
  db: Pick<Database, 'sql'>;
  secrets: WebhookSecrets;
  /** Starts the event's workflow, now that it is committed. */
  started(event_id: string, org_id: string): void;
  counters: Counters;
  logger: Logger;
}

export function ingestRouter({ db, secrets, started, counters, logger }: IngestDeps): Router {
  const router = express.Router({ caseSensitive: true });

  async function receive(request: Request<{ source: string; endpoint?: string }>, response: Response): Promise<void> {
    const { source, endpoint = '' } = request.params;
    const door = isSource(source) ? await secrets.of(source, storableText(endpoint)) : null;
    if (!isSource(source) || door === null) throw new Problem('not_found', `Nothing is received at ${request.path}.`);
    requireJson(request);
    const body = await readBody(request, response);
    const receiver = receivers[source];
    receiver.verify({ body, headers: request.headers, secrets: door.secrets, now: new Date() });
    const event = receiver.parse(parseJson(body));
    const { event_id, duplicate } = await insertEvent(db, door.org_id, event);
    answer(response, duplicate ? 200 : 202, { event_id, duplicate });
    counters.events[duplicate ? 'duplicate' : event.ignored === null ? 'accepted' : 'ignored'] += 1;
    logger.info({ event_id, source, type: event.type, duplicate, ignored: event.ignored }, 'event received');
    if (!duplicate && event.ignored === null) started(event_id, door.org_id);
  }

  router
    .route(['/ingest/:source', '/ingest/:source/:endpoint'])
    .post(receive)
    .all((request, response) => {
      if (!isSource(request.params.source)) throw new Problem('not_found', `Nothing is received at ${request.path}.`);
      refuseMethod(request, response, ['POST']);
    });
  router.use('/ingest', () => {
    throw new Problem('not_found', `Sources are received at /ingest/{source}: ${ingest_sources.join(', ')}.`);
  });
  router.use('/ingest', logRefusal(logger), handleErrors(logger));
  return router;
}

/** A provider shows its customers only that we refused; why, they find here. */
function logRefusal(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, _response, next) => {
    const { status, problem, message } = toProblem(error);
    logger.info({ path: request.originalUrl.split('?', 1)[0], status, problem, reason: message }, 'delivery refused');
    next(error);
  };
}

function isSource(source: unknown): source is IngestSource {
  return ingest_sources.some((known) => known === source);
}

const readRaw = express.raw({ limit: body_bytes_max, inflate: true, type: () => true });

/** The bytes as they were signed, inflated when they came compressed. Without a body there are none, and so no signature of them. */
async function readBody(request: Request, response: Response): Promise<Buffer> {
  await new Promise<void>((resolve, reject) =>
    readRaw(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error))),
  );
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** The signed bytes as a JSON value whose depth is bounded and whose text Postgres can keep. */
function parseJson(body: Buffer): Json {
  const text = body.toString('utf8');
  const value = jsonOf(text);
  if (depthOf(value) > json_depth_max) throw new Problem('bad_request', `The body nests deeper than ${json_depth_max} levels.`);
  // NUL and lone surrogates come into a JSON text by \u escapes only.
  return text.includes('\\u') ? mapText(value, storableText) : value;
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('bad_request', 'The body is signed, but it is not JSON.');
  }
}

function answer(response: Response, status: number, body: { event_id: string; duplicate: boolean }): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

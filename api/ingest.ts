/**
 * The door for webhooks: verify the raw bytes, parse, commit in one statement, answer. Nothing else is on this path,
 * for providers give up and count failures when an answer takes long.
 */
import type { IncomingHttpHeaders } from 'node:http';

import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';

import { ingest_sources, type Delivery, type InboundEvent, type IngestSource, type Receiver } from '../domain/event.ts';
import { Problem } from '../domain/problem.ts';
import { depthOf, mapText, storableText, type Json } from '../domain/text.ts';
import type { Database } from '../prisma/database.ts';
import { insertEvent } from '../prisma/events.ts';
import { receivers } from '../providers/receivers.ts';
import { body_bytes_max, json_depth_max } from './limits.ts';
import type { Logger } from './log.ts';
import type { Counters } from './metrics.ts';
import { handleErrors, toProblem } from './problems.ts';
import { isJson, refuseMethod } from './route.ts';
import type { WebhookSecrets } from './webhook-secrets.ts';

export interface IngestDeps {
  db: Pick<Database, 'sql'>;
  secrets: WebhookSecrets;
  /** Starts the event's workflow, now that it is committed. */
  started(event_id: string, org_id: string): void;
  /** Why signals of this source are stored and not acted on; null when they are. */
  switchedOff(source: IngestSource, org_id: string): Promise<string | null>;
  /** Makes room for what came in, where the organisation wants old events forgotten. */
  forgetOld(org_id: string): void;
  /** Whether a person asked for this delivery, to try the product. */
  isSample(headers: IncomingHttpHeaders): boolean;
  /** Where the providers send to, without the path. */
  public_origin: string;
  counters: Counters;
  logger: Logger;
}

export function ingestRouter({
  db,
  secrets,
  started,
  switchedOff,
  forgetOld,
  isSample,
  public_origin,
  counters,
  logger,
}: IngestDeps): Router {
  const router = express.Router({ caseSensitive: true });

  async function receive(source: string, endpoint: string, request: DoorRequest, response: Response): Promise<void> {
    const receiver = receiverOf(source);
    const door = receiver === null ? null : await secrets.of(receiver.source, storableText(endpoint));
    if (receiver === null || door === null) throw new Problem('not_found', `Nothing is received at ${request.path}.`);
    const media_type = requireMediaType(request, receiver);
    const body = await readBody(request, response);
    const url = public_origin + request.originalUrl;
    const delivery: Delivery = { body, headers: request.headers, url, media_type, secrets: door.secrets, now: new Date() };
    await receiver.verify(delivery);
    const parsed = await receiver.parse(delivery, () => parseJson(body));
    if ('answer' in parsed) return answer(response, 200, parsed.answer);

    const off = isSample(request.headers) ? null : await switchedOff(receiver.source, door.org_id);
    const stored: Stored[] = [];
    for (const event of parsed.events)
      stored.push(await store(door.org_id, off === null ? event : { ...event, ignored: event.ignored ?? off }));
    const duplicate = stored.every((one) => one.duplicate);
    answer(response, duplicate ? 200 : 202, { event_id: stored[0]?.event_id ?? null, duplicate });
    for (const one of stored) afterwards(door.org_id, one);
    if (!duplicate) forgetOld(door.org_id);
  }

  async function store(org_id: string, event: InboundEvent): Promise<Stored> {
    return { event, ...(await insertEvent(db, org_id, event)) };
  }

  function afterwards(org_id: string, { event, event_id, duplicate }: Stored): void {
    const { source, type, ignored } = event;
    counters.events[duplicate ? 'duplicate' : ignored === null ? 'accepted' : 'ignored'] += 1;
    logger.info({ event_id, source, type, duplicate, ignored }, 'event received');
    if (!duplicate && ignored === null) started(event_id, org_id);
  }

  router
    .route(['/ingest/:source', '/ingest/:source/:endpoint'])
    .post((request: DoorRequest, response) => receive(request.params.source, request.params.endpoint ?? '', request, response))
    .all((request: DoorRequest, response) => {
      if (receiverOf(request.params.source) === null) throw new Problem('not_found', `Nothing is received at ${request.path}.`);
      refuseMethod(request, response, ['POST']);
    });
  // A Slack app has one address for everything. Events come as JSON; what people click comes as a form and is read elsewhere.
  router.post('/slack/events', async (request: DoorRequest, response, next) => {
    if (isJson(request)) await receive('slack', '', request, response);
    else next();
  });
  router.use('/ingest', () => {
    throw new Problem('not_found', `Sources are received at /ingest/{source}: ${ingest_sources.join(', ')}.`);
  });
  router.use(['/ingest', '/slack/events'], logRefusal(logger), handleErrors(logger));
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

type DoorRequest = Request<{ source: string; endpoint?: string }>;

interface Stored {
  event: InboundEvent;
  event_id: string;
  duplicate: boolean;
}

function receiverOf(name: string): (Receiver & { source: IngestSource }) | null {
  const source = ingest_sources.find((known) => known === name);
  const receiver = source && receivers[source];
  return source === undefined || receiver === undefined ? null : { ...receiver, source };
}

/** The body's media type in lower case, without parameters. */
function requireMediaType({ headers }: Pick<Request, 'headers'>, { media_types }: Receiver): string {
  const media_type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (media_types.includes(media_type)) return media_type;
  throw new Problem('wrong_media_type', `Send ${media_types.join(' or ')}, named in the header content-type.`);
}

const readRaw = express.raw({ limit: body_bytes_max, inflate: true, type: () => true });

/** The bytes as they were signed, inflated when they came compressed. Without a body there are none, and so no signature of them. */
async function readBody(request: DoorRequest, response: Response): Promise<Buffer> {
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

function answer(response: Response, status: number, body: Json): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Server-sent events: every change of a proposal, numbered by the audit chain and so resumable without a gap. */
import { createSession, type Session } from 'better-sse';
import type { Response } from 'express';

import { Problem } from '../domain/problem.ts';
import { auditHead, auditSince } from '../prisma/audit.ts';
import type { Database } from '../prisma/database.ts';
import { stream_backlog_bytes_max, stream_catch_up_rows, stream_heartbeat_ms, stream_ms_max, streams_per_person_max } from './limits.ts';
import type { Caller } from './identity.ts';
import type { Live } from './live.ts';
import type { Logger } from './log.ts';
import { defineRoute, type Route } from './route.ts';

export interface StreamDeps {
  db: Database;
  live: Live;
  logger: Logger;
}

export interface Streams {
  route: Route;
  /** Ends every stream: an open one would hold the server's shutdown. */
  close(): void;
}

export function createStreams({ db, live, logger }: StreamDeps): Streams {
  const feeds = new Map<string, Feed>();
  const open = new Map<Response, Open>();
  live.onAccess((user_id) => void endFallen(user_id));

  /** Whoever may no longer come in hears no more either. */
  async function endFallen(user_id: string | null): Promise<void> {
    for (const [response, { caller }] of open) {
      if (user_id !== null && caller.person.user_id !== user_id) continue;
      const stands = await caller.stands().catch((error: unknown) => {
        logger.error({ err: error }, 'whether a stream may go on could not be told');
        return false;
      });
      if (!stands) response.end();
    }
  }

  function feedOf(org_id: string): Feed {
    const feed = feeds.get(org_id) ?? createFeed({ db, live, logger }, org_id);
    feeds.set(org_id, feed);
    return feed;
  }

  return {
    route: defineRoute({
      method: 'get',
      path: '/api/stream',
      summary:
        'Server-sent events: `proposal` with {proposal_id, seq, from_status, to_status} after every change. Resumes after Last-Event-ID.',
      access: 'read',
      responses: { 200: { description: 'An event stream.', media_type: 'text/event-stream' } },
      async handle({ caller, request, response }) {
        if (request.method === 'HEAD') return { status: 200, headers: { 'content-type': 'text/event-stream' } };
        const owner = caller.key_id ?? caller.person.user_id;
        if ([...open.values()].filter((other) => other.owner === owner).length >= streams_per_person_max) {
          throw new Problem('too_many_requests', `At most ${streams_per_person_max} streams at once. Close some.`, {
            retry_after_seconds: 10,
          });
        }
        response.setHeader('x-accel-buffering', 'no');
        const session = await createSession(request, response, { keepAlive: stream_heartbeat_ms, retry: 2_000 });
        open.set(response, { owner, caller });
        const over = setTimeout(() => response.end(), stream_ms_max);
        response.once('close', () => {
          clearTimeout(over);
          open.delete(response);
        });
        // It may have ended between the question and the registration.
        if (!(await caller.stands())) return void response.end();
        await feedOf(caller.person.org_id).join(session, response, sequenceOf(request.get('last-event-id')));
        return undefined;
      },
    }),
    close() {
      for (const response of open.keys()) response.end();
    },
  };
}

interface Open {
  /** Whom the limit of open streams counts. */
  owner: string;
  caller: Caller;
}

interface Feed {
  join(session: Session, response: Response, after: number | null): Promise<void>;
}

interface Member {
  session: Session;
  response: Response;
  /** The last row this browser was sent. */
  seq: number;
}

/** One organisation's stream. Its steps run one after the other, so that nobody misses a row or sees one twice. */
function createFeed({ db, live, logger }: StreamDeps, org_id: string): Feed {
  const members = new Set<Member>();
  let steps: Promise<void> = Promise.resolve();
  let waiting = false;
  live.subscribe(org_id, () => {
    // One reading serves all the announcements that came since the last began.
    if (waiting) return;
    waiting = true;
    void step(async () => {
      waiting = false;
      const behind = Math.min(...[...members].map(({ seq }) => seq));
      if (Number.isFinite(behind)) await send(members, behind);
    });
  });

  function step(work: () => Promise<void>): Promise<void> {
    steps = steps.then(work).catch((error: unknown) => {
      logger.error({ err: error }, 'a stream could not be continued');
      // Each browser connects again and resumes after the last row it saw.
      for (const { response } of members) response.end();
    });
    return steps;
  }

  async function send(to: Iterable<Member>, after: number): Promise<void> {
    for (;;) {
      const rows = await auditSince(db, org_id, after, stream_catch_up_rows);
      for (const { seq, proposal_id, from_status, to_status } of rows) {
        after = seq;
        for (const member of to) {
          if (member.seq >= seq) continue;
          member.seq = seq;
          if (proposal_id !== null) push(member, { proposal_id, seq, from_status, to_status }, 'proposal');
        }
      }
      if (rows.length < stream_catch_up_rows) return;
    }
  }

  return {
    join(session, response, after) {
      return step(async () => {
        const head = await auditHead(db, org_id);
        if (!session.isConnected) return;
        const member = { session, response, seq: Math.min(after ?? head.seq, head.seq) };
        members.add(member);
        response.once('close', () => members.delete(member));
        // Gives the browser a number to resume from before anything has happened.
        push(member, { seq: member.seq }, 'ready');
        await send([member], member.seq);
      });
    },
  };
}

function push({ session, response, seq }: Member, data: object, name: string): void {
  if (response.writableLength > stream_backlog_bytes_max) response.destroy();
  if (session.isConnected && !response.destroyed && !response.writableEnded) session.push(data, name, String(seq));
}

function sequenceOf(last_event_id: string | undefined): number | null {
  return last_event_id !== undefined && /^\d{1,15}$/.test(last_event_id) ? Number(last_event_id) : null;
}

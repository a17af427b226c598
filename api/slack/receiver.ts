/** Slack's clicks and commands, handed to Bolt once their signature fits: the raw bytes first, then the form, then the payload. */
import { parse } from 'node:querystring';

import type { App, ReceiverEvent } from '@slack/bolt';
import express, { type Request, type Response } from 'express';
import { z } from 'zod';

import { Problem } from '../../domain/problem.ts';
import { verifySlack } from '../../providers/slack/inbound.ts';
import { body_bytes_max } from '../limits.ts';
import { arrivedNow } from './in-time.ts';

export interface ReceiverDeps {
  /** Those that may have signed. */
  secrets(): Promise<string[]>;
  /** The application that answers. */
  bolt(): Promise<Pick<App, 'processEvent'>>;
}

/** Answers one request. Throws a SignatureError or a Problem. */
export async function receive({ secrets, bolt }: ReceiverDeps, request: Request, response: Response): Promise<void> {
  const arrived = arrivedNow();
  const raw = await readRaw(request, response);
  verifySlack({ body: raw, headers: request.headers, secrets: await secrets(), now: new Date() });
  const body = bodyOf(raw.toString('utf8'));
  // Slack asks from time to time whether our certificate holds: https://docs.slack.dev/interactivity/implementing-slash-commands
  if (body.ssl_check !== undefined) return void response.status(200).end();
  let answered = false;
  const ack: ReceiverEvent['ack'] = async (answer) => {
    if (answered) return;
    answered = true;
    if (answer === undefined || answer === '') response.status(200).end();
    else if (typeof answer === 'string') response.status(200).type('text/plain').send(answer);
    else response.status(200).json(answer);
  };
  if (body.event !== undefined || !understood.safeParse(body).success)
    throw new Problem('bad_request', 'It is signed, but it is neither a click, a window nor a command.');
  const app = await bolt();
  await app.processEvent({ body, ack, customProperties: arrived });
  if (!answered) throw new Problem('not_found', 'Nothing here answers this button or command.');
}

const user = z.object({ id: z.string().min(1) });
/** So much has to be there that Bolt can tell what it is: https://docs.slack.dev/reference/interaction-payloads */
const understood = z.union([
  z.object({ command: z.string().min(1), user_id: z.string().min(1) }),
  z.object({ type: z.literal('block_actions'), user, actions: z.array(z.object({ action_id: z.string() })).min(1) }),
  z.object({ type: z.enum(['view_submission', 'view_closed']), user, view: z.object({ callback_id: z.string() }) }),
]);

const raw_parser = express.raw({ limit: body_bytes_max, inflate: true, type: () => true });

async function readRaw(request: Request, response: Response): Promise<Buffer> {
  await new Promise<void>((resolve, reject) =>
    raw_parser(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error))),
  );
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** A command is the form itself; everything else is JSON in its field `payload`. */
function bodyOf(text: string): Record<string, unknown> {
  const { payload, ...form } = parse(text);
  if (payload === undefined) return form;
  const value: unknown = typeof payload === 'string' ? jsonOf(payload) : null;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Problem('bad_request', 'The form is signed, but its payload is not a JSON object.');
  return { ...value };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

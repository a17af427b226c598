/** The one place where whatever was thrown becomes an answer. */
import type { ErrorRequestHandler, Response } from 'express';
import type { z } from 'zod';

import { ShapeError, SignatureError } from '../domain/event.ts';
import { Problem, type ProblemName } from '../domain/problem.ts';
import type { Logger } from './log.ts';
import { isOutage } from '../prisma/outage.ts';

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof SignatureError) return new Problem('bad_signature', error.message);
  if (error instanceof ShapeError) return new Problem('bad_request', error.message);
  if (isOutage(error)) return new Problem('unavailable', 'The database cannot be reached. Nothing was changed; try again shortly.');
  // Express cannot decode the path: no such thing can exist.
  if (error instanceof URIError) return new Problem('not_found', 'This address cannot be decoded.');
  if (isClientError(error)) return new Problem(problem_of_status[error.status] ?? 'bad_request', `${capitalised(error.message)}.`);
  return new Problem('internal', 'This is our mistake. It has been logged; try again, and tell us if it stays.');
}

function sendProblem(response: Response, problem: Problem): void {
  const retry_after = problem.members.retry_after_seconds;
  if (typeof retry_after === 'number') response.setHeader('retry-after', retry_after);
  if (problem.status === 401) response.setHeader('www-authenticate', 'Bearer realm="ExecOps"');
  // Written by hand: Express would add a charset, which this media type does not have.
  response.writeHead(problem.status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify(problem));
}

export function handleErrors(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const problem = toProblem(error);
    const about = { path: request.path, request_id: request.id, problem: problem.problem };
    if (problem.problem === 'internal') logger.error({ ...about, err: error }, 'a request failed');
    else if (problem.status >= 500)
      logger.warn({ ...about, reason: error instanceof Error ? error.message : undefined }, 'a request could not be served');
    if (response.headersSent) next(error);
    else sendProblem(response, problem);
  };
}

/** A shape that does not fit, with each place named. */
function shapeProblem(error: z.ZodError, detail: string): Problem {
  const errors = error.issues.slice(0, issues_max).map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
  return new Problem('bad_request', detail, { errors });
}

/** A value by its schema, whichever door it came through. Throws a Problem that names what does not fit. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, what = 'body'): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw shapeProblem(parsed.error, `The ${what} does not fit. See \`errors\` for what to change.`);
  return parsed.data;
}

const issues_max = 50;

const problem_of_status: Record<number, ProblemName> = {
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'too_large',
  415: 'wrong_media_type',
  429: 'too_many_requests',
};

/** What Express's body parsers throw about a request; `expose` says that the message is meant for the caller. */
function isClientError(error: unknown): error is { status: number; message: string } {
  if (!(error instanceof Error) || !('expose' in error) || error.expose !== true || !('status' in error)) return false;
  return typeof error.status === 'number' && error.status >= 400 && error.status < 500;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

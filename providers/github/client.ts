/** One GitHub client, for REST and GraphQL. Its retries are off: Temporal owns them. */
import { Octokit } from '@octokit/rest';
import { z } from 'zod';

import { NotNow, OutcomeUnknown, PermanentError } from '../../domain/executor.ts';
import { fetchWithin, garbled, lost, NoAnswer, refused, type Asked } from '../http.ts';

const github_api = 'https://api.github.com';
/** https://docs.github.com/en/rest/about-the-rest-api/api-versions */
const api_version = '2022-11-28';

export interface GithubSettings {
  token: string;
  /** A stand-in's or an enterprise server's address (`https://…/api/v3`); GitHub's own when absent. */
  api_url?: string;
  ms_max?: number;
}

export function createGithubClient({ token, api_url = github_api, ms_max }: GithubSettings): Octokit {
  const silent = () => undefined;
  const octokit = new Octokit({
    auth: token,
    baseUrl: api_url.replace(/\/+$/, ''),
    request: { fetch: fetchWithin(api_url, ms_max) },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  octokit.hook.before('request', (options) => {
    options.headers['x-github-api-version'] = api_version;
  });
  // A renamed repository answers so; Octokit takes it for a yes.
  octokit.hook.after('request', ({ status }) => {
    if (status >= 300) throw refused('GitHub', { status }, 'effect');
  });
  return octokit;
}

/** Runs one call; what it throws says whether to try again, give up, or ask a human. */
export async function asking<T>(asked: Asked, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw meaningOf(error, asked);
  }
}

/** The status that GitHub refused a call with, for a caller who can make something of it; null when no answer came. */
export function statusOf(error: unknown): number | null {
  return http_error.safeParse(error).data?.response?.status ?? null;
}

/** Octokit's errors, whose classes belong to packages of its own. */
const headers_seen = z.record(z.string(), z.union([z.string(), z.number()]).optional());
const http_error = z.object({
  name: z.literal('HttpError'),
  response: z.object({ status: z.number(), headers: headers_seen }).optional(),
  cause: z.unknown(),
});
const graphql_error = z.object({
  name: z.literal('GraphqlResponseError'),
  errors: z.array(z.object({ type: z.string().optional() })),
  headers: headers_seen,
});

function meaningOf(error: unknown, asked: Asked): Error {
  if (error instanceof NotNow || error instanceof OutcomeUnknown || error instanceof PermanentError) return error;
  const graphql = graphql_error.safeParse(error).data;
  if (graphql !== undefined) return meaningOfGraphql(graphql, asked);
  const http = http_error.safeParse(error).data;
  if (http?.cause instanceof NoAnswer) return lost('GitHub', http.cause, asked);
  if (http?.response === undefined) return garbled('GitHub', asked);
  const { status } = http.response;
  const headers = readable(http.response.headers);
  return refused('GitHub', isRateLimit(status, headers) ? { status: 429, code: 'rate_limited', headers } : { status, headers }, asked);
}

/** A refusal comes with a 200 too. Without a type of its own it is GitHub's own error, after which anything may be. */
function meaningOfGraphql({ errors, headers }: z.infer<typeof graphql_error>, asked: Asked): Error {
  const type = errors.find((one) => one.type !== undefined)?.type;
  if (type === 'RATE_LIMITED') return refused('GitHub', { status: 429, code: type, headers: readable(headers) }, asked);
  if (type === undefined || type === 'INTERNAL' || type === 'SERVICE_UNAVAILABLE') return refused('GitHub', { status: 500 }, asked);
  return refused('GitHub', { status: 422, code: type }, asked);
}

/** A 403 can be either: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function isRateLimit(status: number, headers: { get(name: string): string | null }): boolean {
  if (status === 429) return true;
  return status === 403 && (headers.get('retry-after') !== null || headers.get('x-ratelimit-remaining') === '0');
}

const readable = (headers: z.infer<typeof headers_seen>) => ({ get: (name: string) => headers[name]?.toString() ?? null });

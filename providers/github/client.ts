/** One GitHub client, for REST and GraphQL. Its retries are off: Temporal owns them. */
import { Octokit } from '@octokit/rest';
import { GraphqlResponseError } from '@octokit/graphql';
import { RequestError } from '@octokit/request-error';

import { NotNow, OutcomeUnknown, PermanentError } from '../../domain/executor.ts';
import { fetchWithin, garbled, lost, NoAnswer, refused, type Asked } from '../http.ts';

export const github_api = 'https://api.github.com';
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

function meaningOf(error: unknown, asked: Asked): Error {
  if (error instanceof NotNow || error instanceof OutcomeUnknown || error instanceof PermanentError) return error;
  if (error instanceof GraphqlResponseError) return meaningOfGraphql(error, asked);
  if (!(error instanceof RequestError)) return error instanceof Error && error.name === 'AbortError' ? error : garbled('GitHub', asked);
  if (error.cause instanceof NoAnswer) return lost('GitHub', error.cause, asked);
  const { response } = error;
  if (response === undefined) return garbled('GitHub', asked);
  const headers = headersOf(response.headers);
  if (isRateLimit(response.status, headers)) return refused('GitHub', { status: 429, code: 'rate_limited', headers }, asked);
  return refused('GitHub', { status: response.status, headers }, asked);
}

const headersOf = (headers: { [name: string]: string | number | undefined }) => ({
  get: (name: string): string | null => {
    const value = headers[name];
    return value === undefined ? null : String(value);
  },
});

/** A 403 can be either: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function isRateLimit(status: number, headers: { get(name: string): string | null }): boolean {
  if (status === 429) return true;
  return status === 403 && (headers.get('retry-after') !== null || headers.get('x-ratelimit-remaining') === '0');
}

/** A GraphQL refusal comes with a 200. Without a type of its own it is GitHub's own error, after which anything may be. */
function meaningOfGraphql({ errors, headers }: GraphqlResponseError<unknown>, asked: Asked): Error {
  const type = (errors ?? []).flatMap(({ type }) => (typeof type === 'string' ? [type] : []))[0];
  if (type === 'RATE_LIMITED') return refused('GitHub', { status: 429, code: type, headers: headersOf(headers) }, asked);
  if (type === undefined || type === 'INTERNAL' || type === 'SERVICE_UNAVAILABLE') return refused('GitHub', { status: 500 }, asked);
  return refused('GitHub', { status: 422, code: type }, asked);
}

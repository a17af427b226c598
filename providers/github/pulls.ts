/** The pull requests that we open: how they are marked, and how they are found again. */
import type { Octokit } from '@octokit/rest';
import { z } from 'zod';

import type { ExecutionResult, LookUpOrder } from '../../domain/executor.ts';
import { garbled } from '../http.ts';
import { newestOf, placeOf } from './account.ts';
import { asking } from './client.ts';

const listed_pulls = z.array(
  z.object({ number: z.int(), html_url: z.string(), body: z.string().nullable(), created_at: z.iso.datetime({ offset: true }) }),
);

type Sought = Pick<LookUpOrder, 'idempotency_key' | 'first_attempt_at' | 'signal'>;

/** The one that carries this execution's marker, among the newest of the repository; null when there is none. */
export async function markedPull(github: Octokit, repository: string, order: Sought): Promise<ExecutionResult | null> {
  const { idempotency_key, first_attempt_at, signal } = order;
  const marker = markerOf(idempotency_key);
  const found = await newestOf(
    first_attempt_at,
    async (paging) => {
      const request = {
        ...placeOf(repository),
        state: 'all',
        sort: 'created',
        direction: 'desc',
        request: { signal },
        ...paging,
      } as const;
      const page = listed_pulls.safeParse((await asking('read', github.pulls.list(request))).data);
      if (!page.success) throw garbled('GitHub', 'read');
      return page.data;
    },
    ({ body }) => body?.includes(marker) ?? false,
  );
  return found && { repository, pull_request: found.number, url: found.html_url };
}

/** The one that was opened from this branch, whatever became of it; null when there is none. */
export async function pullFrom(github: Octokit, repository: string, branch: string, signal: AbortSignal): Promise<ExecutionResult | null> {
  const place = placeOf(repository);
  const request = { ...place, head: `${place.owner}:${branch}`, state: 'all', request: { signal } } as const;
  const listed = listed_pulls.safeParse((await asking('read', github.pulls.list(request))).data);
  if (!listed.success) throw garbled('GitHub', 'read');
  const [found] = listed.data;
  return found === undefined ? null : { repository, pull_request: found.number, url: found.html_url };
}

export function withMarker(body: string, key: string): string {
  return `${body}\n\n${markerOf(key)}`.trim();
}

/** Invisible on the page, and the same for every attempt. */
const markerOf = (key: string): string => `<!-- execops:${key} -->`;

/** The connected GitHub account, and what every executor asks of it. */
import type { Octokit } from '@octokit/rest';

import { OutcomeUnknown, PermanentError } from '../../domain/executor.ts';
import { garbled } from '../http.ts';
import { identify, type Identity } from '../identity.ts';
import { asking } from './client.ts';

export interface GithubAccount {
  github: Octokit;
  identity: Identity;
}

/** `github:<login>` of the token's owner; an app's installation has none. */
export function githubIdentity(github: Octokit): Promise<Identity> {
  return identify(async () => {
    const { data } = await asking('read', github.users.getAuthenticated()).catch((error: unknown) => {
      // An installation's token may not ask who it is: 403 Resource not accessible by integration.
      if (error instanceof PermanentError && error.message.includes('403')) return { data: { login: 'installation' } };
      throw error;
    });
    if (typeof data?.login !== 'string' || !/^[A-Za-z0-9_[\]-]+$/.test(data.login)) throw garbled('GitHub', 'read');
    return `github:${data.login}`;
  }, 'github:unread');
}

export function connected(account: GithubAccount | null): Octokit {
  if (account === null) throw new PermanentError('GitHub is not connected: set GITHUB_TOKEN.');
  return account.github;
}

export function placeOf(repository: string): { owner: string; repo: string } {
  const [owner = '', repo = ''] = repository.split('/');
  return { owner, repo };
}

/** GitHub's clock and ours need not agree. */
const clock_skew_ms = 120_000;
const page_size = 100;
const pages_max = 10;

/**
 * Walks a list whose newest entries come first, back to the first attempt. Null when nothing in it is `ours`;
 * throws OutcomeUnknown when there is too much of it to be sure.
 */
export async function newestOf<Item extends { created_at: string }>(
  first_attempt_at: Date,
  page: (paging: { per_page: number; page: number }) => Promise<Item[]>,
  ours: (item: Item) => boolean,
): Promise<Item | null> {
  const earliest = first_attempt_at.getTime() - clock_skew_ms;
  for (let n = 1; n <= pages_max; n += 1) {
    const items = await page({ per_page: page_size, page: n });
    const found = items.find(ours);
    if (found !== undefined) return found;
    const oldest = items.at(-1);
    if (items.length < page_size || oldest === undefined || Date.parse(oldest.created_at) < earliest) return null;
  }
  throw new OutcomeUnknown('It may have been done, and too much happened on GitHub since to find it.');
}

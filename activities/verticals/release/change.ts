/** The change behind a deployed commit: the pull request it was merged by, and everybody who had a part in it. Pure. */
import { z } from 'zod';

import type { Json } from '../../../domain/text.ts';
import type { Deployed } from './deployments.ts';
import type { Part } from './shippers.ts';

/** A stored object of the commit: `pull_request`, whose merge commit it is, or `commit`. */
export interface CommitFact {
  kind: string;
  data: Json;
}

export interface Change {
  pull_request: number | null;
  parts: Part[];
  facts: CommitFact[];
}

const account = z
  .object({
    login: z.string().nullable().default(null),
    type: z.string().nullable().default(null),
    email: z.string().nullable().default(null),
    name: z.string().nullable().default(null),
  })
  .nullable()
  .catch(null);
const merged = z.object({ number: z.int().positive(), repository: z.string().nullable(), author: account, merged_by: account });
const committed = z.object({ author: account, committer: account });

/** Who deployed comes first; a bot did so for whoever wrote the change. */
export function changeOf({ creator, repository }: Deployed, facts: readonly CommitFact[]): Change {
  const request = facts
    .filter(({ kind }) => kind === 'pull_request')
    .map(({ data }) => merged.safeParse(data).data)
    .find((one) => one?.repository?.toLowerCase() === repository.toLowerCase());
  const commit = facts.filter(({ kind }) => kind === 'commit').map(({ data }) => committed.safeParse(data).data)[0];
  return {
    pull_request: request?.number ?? null,
    parts: [
      { part: 'deployed', account: creator },
      { part: 'wrote', account: request?.author ?? null },
      { part: 'merged', account: request?.merged_by ?? null },
      { part: 'wrote', account: commit?.author ?? null },
      { part: 'committed', account: commit?.committer ?? null },
    ],
    facts: [...facts],
  };
}

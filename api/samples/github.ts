/** What GitHub sends of the sample's repository: a push and a deployment that succeeded, signed as GitHub signs. */
import { createHmac } from 'node:crypto';

import type { SampleDelivery } from './sender.ts';

/** An organisation that belongs to the product: nothing of it is ever looked up by a person's own name. */
export const sample_organisation = 'execops-sample';

interface Commit {
  repository: string;
  sha: string;
  at: Date;
  author: { login: string; name: string; email: string };
  message: string;
}

export function pushOf({ repository, sha, at, author, message }: Commit): SampleDelivery {
  const person = { name: author.name, email: author.email, username: author.login };
  const commit = { id: sha, message, timestamp: iso(at), author: person, committer: person, added: [], removed: [], modified: [] };
  return {
    source: 'github',
    body: {
      ref: 'refs/heads/main',
      before: '0'.repeat(40),
      after: sha,
      created: false,
      deleted: false,
      forced: false,
      commits: [commit],
      head_commit: commit,
      pusher: { name: author.login, email: author.email },
      sender: { login: author.login, type: 'User' },
      ...placeOf(repository, { pushed_at: Math.floor(at.getTime() / 1_000) }),
    },
    sign: signedAs('push'),
  };
}

export function deploymentOf({ repository, sha, at, author }: Omit<Commit, 'message'>): SampleDelivery {
  const id = at.getTime();
  const creator = { login: author.login, type: 'User' };
  const times = { created_at: iso(at), updated_at: iso(at) };
  return {
    source: 'github',
    body: {
      action: 'created',
      deployment_status: { id: id + 1, state: 'success', environment: 'production', creator, ...times },
      deployment: {
        id,
        sha,
        ref: 'main',
        task: 'deploy',
        environment: 'production',
        production_environment: true,
        creator,
        ...times,
      },
      sender: creator,
      ...placeOf(repository),
    },
    sign: signedAs('deployment_status'),
  };
}

function placeOf(name: string, more: object = {}) {
  return {
    repository: {
      name,
      full_name: `${sample_organisation}/${name}`,
      private: true,
      owner: { login: sample_organisation, type: 'Organization' },
      default_branch: 'main',
      ...more,
    },
    organization: { login: sample_organisation },
  };
}

function signedAs(event: string): SampleDelivery['sign'] {
  return (body, secret) => ({
    'x-github-event': event,
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  });
}

const iso = (time: Date): string => time.toISOString().replace(/\.\d{3}Z$/, 'Z');

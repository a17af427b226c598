/** GitHub's webhooks: verified with GitHub's own library, then parsed into our event. Pure: secrets and clock are arguments. */
import { isUtf8 } from 'node:buffer';

import { verify } from '@octokit/webhooks-methods';

import { ShapeError, SignatureError, type Delivery, type InboundEvent, type ProviderObject, type Receiver } from '../../domain/event.ts';
import { sha256 } from '../../domain/seal.ts';
import type { Json } from '../../domain/text.ts';
import { happenedAt, isObject } from '../tolerant.ts';
import { readDeployment, readPullRequest, readPush, readSurroundings } from './shapes.ts';

/** Types that a procedure may act on. */
export const trigger_types: readonly string[] = ['push'];

export const github_receiver: Receiver = {
  // The webhook's content type is a choice in its settings; the other one signs a form.
  media_types: ['application/json'],
  verify: verifyGithub,
  parse: (delivery, json) => ({ events: [parseGithub(delivery, json())] }),
};

/** Throws a SignatureError unless one of the secrets signed exactly these bytes. The older sha1 header counts for nothing. */
export async function verifyGithub({ body, headers, secrets }: Pick<Delivery, 'body' | 'headers' | 'secrets'>): Promise<void> {
  const signature = headers['x-hub-signature-256'];
  if (typeof signature !== 'string' || signature === '') throw new SignatureError('The X-Hub-Signature-256 header is missing.');
  // The library signs text: bytes that are no text would be compared as something else than they are.
  if (body.length > 0 && isUtf8(body)) {
    for (const secret of secrets) {
      if (secret.trim() !== '' && (await verify(secret, body.toString('utf8'), signature))) return;
    }
  }
  throw new SignatureError('X-Hub-Signature-256 is not the signature of this body with a configured secret.');
}

/** Throws a ShapeError for what is no GitHub webhook. */
export function parseGithub({ body, headers, now }: Pick<Delivery, 'body' | 'headers' | 'now'>, payload: Json): InboundEvent {
  if (!isObject(payload)) throw new ShapeError('Not a GitHub webhook: body must be an object.');
  const type = typeOf(headers['x-github-event'], payload);
  const family = type.split('.', 1)[0] ?? '';
  return {
    source: 'github',
    type,
    occurred_at: occurredAt(family, payload, now),
    // The delivery's own id is a header, which nobody signs.
    identity: sha256(body),
    payload,
    subject: readSurroundings(payload).repository?.subject ?? null,
    ignored: reasonToIgnore(type, payload),
    objects: objectsOf(family, payload),
  };
}

/** The header's name of the event, with the payload's action: `push`, `deployment_status.created`. */
function typeOf(header: string | string[] | undefined, payload: { [key: string]: Json }): string {
  if (typeof header !== 'string' || !/^[a-z][a-z0-9_]{0,99}$/.test(header))
    throw new ShapeError('Not a GitHub webhook: the X-GitHub-Event header must name the event.');
  const { action } = payload;
  return typeof action === 'string' && /^[\w-]{1,100}$/.test(action) ? `${header}.${action}` : header;
}

function reasonToIgnore(type: string, payload: Json): string | null {
  switch (type.split('.', 1)[0]) {
    case 'ping':
      return 'a ping';
    case 'push':
      return reasonToIgnorePush(payload);
    case 'deployment':
    case 'deployment_status':
      return 'a deployment alone asks for nothing';
    default:
      return `no procedure lists ${type}`;
  }
}

function reasonToIgnorePush(payload: Json): string | null {
  const push = readPush(payload);
  if (push === null || push.repository === null) return 'the push names no repository';
  if (push.deleted === true) return 'a branch or tag was deleted';
  return push.branch === null ? 'a tag was pushed' : null;
}

function occurredAt(family: string, payload: Json, now: Date): Date {
  switch (family) {
    case 'push': {
      const push = readPush(payload);
      return happenedAt(now, push?.pushed_at, push?.repository?.pushed_at);
    }
    case 'deployment':
    case 'deployment_status':
      return happenedAt(now, readDeployment(payload)?.changed_at);
    case 'pull_request': {
      const request = readPullRequest(payload);
      return happenedAt(now, request?.merged_at, request?.updated_at);
    }
    default:
      return now;
  }
}

/** What release work looks up later: who deployed what, and which request and person a commit came by. */
function objectsOf(family: string, payload: Json): ProviderObject[] {
  switch (family) {
    case 'push': {
      const push = readPush(payload);
      const { head_commit, repository } = push ?? {};
      if (!head_commit?.id || !repository || push?.branch === null) return [];
      const { author, committer, timestamp } = head_commit;
      return [
        {
          kind: 'commit',
          id: head_commit.id,
          customer: repository.service,
          data: { author, committer, timestamp, repository: repository.full_name },
        },
      ];
    }
    case 'deployment':
    case 'deployment_status': {
      const deployment = readDeployment(payload);
      return deployment === null ? [] : [{ kind: 'deployment', id: deployment.id, customer: deployment.service, data: deployment }];
    }
    case 'pull_request': {
      const request = readPullRequest(payload);
      if (request === null || !(request.merged ?? request.merged_at !== null) || request.merge_commit_sha === null) return [];
      const { number, title, author, merged_by, base_ref, merged_at, repository, service } = request;
      return [
        {
          kind: 'pull_request',
          id: request.merge_commit_sha,
          customer: service,
          data: { number, title, author, merged_by, base_ref, merged_at, repository },
        },
      ];
    }
    default:
      return [];
  }
}

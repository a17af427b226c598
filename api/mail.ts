/** Without a mail server, mails stay in a folder; the receipt links to the one that an approval put there. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Environment } from '../domain/environment.ts';
import { Problem } from '../domain/problem.ts';
import type { Database } from '../prisma/database.ts';
import { outboxFileOfProposal } from '../prisma/receipts.ts';
import { defineRoute, type Route } from './route.ts';

export function mailRoute(db: Database, { DATA_DIR }: Pick<Environment, 'DATA_DIR'>): Route {
  return defineRoute({
    method: 'get',
    path: '/api/proposals/:id/mail',
    summary: 'The mail that an approval put into the local outbox, as it would have gone out (RFC 5322).',
    access: 'read',
    responses: { 200: { description: 'The message.', media_type: 'message/rfc822' } },
    async handle({ caller, params }) {
      const file = await outboxFileOfProposal(db, caller.person.org_id, params.id);
      if (file === null) throw new Problem('not_found', 'This proposal has put no mail into the local outbox.');
      const headers = { 'content-type': 'message/rfc822', 'content-disposition': `attachment; filename="${file}"` };
      return { status: 200, body: await messageIn(join(DATA_DIR, 'outbox', file)), headers };
    },
  });
}

async function messageIn(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new Problem('not_found', 'The mail is not in this machine’s outbox: it was deleted, or another machine has it.');
    }
    throw error;
  }
}

/** A person's own account: where they are signed in, their password, their name and their keys. */
import { randomBytes } from 'node:crypto';

import { hashPassword, verifyPassword } from 'better-auth/crypto';

import type { Person } from '../../domain/app.ts';
import { name_change, password_change, type PeopleApp } from '../../domain/people.ts';
import { Problem } from '../../domain/problem.ts';
import { isUuid } from '../../domain/uuid.ts';
import { key_request } from '../../domain/wire/key.ts';
import { endOtherSessions, endOwnSession, organisationName, passwordHashOf, renameSelf, replacePassword } from '../../prisma/accounts.ts';
import { refuseStaleSignIn } from '../../prisma/fresh-sign-in.ts';
import { createKey, listKeys, revokeKey } from '../../prisma/keys.ts';
import { sessionsOf } from '../../prisma/sessions.ts';
import { hasPasskey } from '../../prisma/step-ups.ts';
import { clientOf } from '../client-address.ts';
import { deviceOf } from '../device-name.ts';
import { refuseWeak } from '../passwords.ts';
import { checked } from '../problems.ts';
import { nameOf, type PeopleDeps } from './people.ts';

type AccountApp = Pick<
  PeopleApp,
  'account' | 'sessions' | 'endSession' | 'endOtherSessions' | 'changePassword' | 'changeName' | 'keys' | 'createKey' | 'revokeKey'
>;

export function createAccountApp({
  db,
  auth,
  sign_in_limit,
  logger,
}: Pick<PeopleDeps, 'db' | 'auth' | 'sign_in_limit' | 'logger'>): AccountApp {
  return {
    account: async ({ user_id }) => ({ has_password: (await passwordHashOf(db.sql, user_id)) !== null }),
    async sessions(person) {
      const rows = await sessionsOf(db, person.user_id);
      return rows.map((row) => ({
        id: row.id,
        current: row.id === person.session_id,
        device: deviceOf(row.user_agent),
        address: row.ip_address,
        created_at: row.created_at.toISOString(),
        last_seen_at: row.last_seen_at.toISOString(),
        expires_at: row.expires_at.toISOString(),
      }));
    },
    async endSession(person, id) {
      if (!(await endOwnSession(db, person, id)))
        throw new Problem('not_found', 'You have no session with this id. It may have ended already.');
      logger.info({ user_id: person.user_id }, 'a session was ended');
    },
    endOtherSessions: (person) => endOtherSessions(db, person, sessionIdOf(person)),

    async changePassword(person, change, headers) {
      const { current, next } = checked(password_change, change);
      const former = await passwordHashOf(db.sql, person.user_id);
      // Somebody without a password and with a passkey can prove who they are; whoever only found their device cannot.
      if (former === null && (await hasPasskey(db.sql, person.user_id))) await refuseStaleSignIn(db.sql, person);
      // With a stolen session nobody guesses the password here faster than at the sign-in.
      if (former !== null) await sign_in_limit.attempt(clientOf(headers), person.email, () => proven(former, current)).catch(asWrong);
      if (former !== null && current === next) throw new Problem('weak_password', 'This is the current password. Choose another.');
      await refuseWeak(next, { ...person, organisation: await organisationName(db.sql, person.org_id) });
      await replacePassword(db, person, { former, password_hash: await hashPassword(next) });
      logger.info({ user_id: person.user_id }, 'a password was changed');
      return (await auth.startSession(person.user_id, headers, person.org_id)).set_cookies;
    },
    changeName: async (person, name) => renameSelf(db, person, nameOf(checked(name_change, { name }).name)),

    keys: (person) => listKeys(db, person),
    async createKey(person, wanted) {
      const request = checked(key_request, wanted);
      refuseRole(person, request.kind);
      const key = `eo_${request.kind}_${randomBytes(32).toString('base64url')}`;
      return { ...(await createKey(db, person, request, key)), key };
    },
    async revokeKey(person, id) {
      const revoked = isUuid(id) && (await revokeKey(db, person, id));
      if (!revoked) throw new Problem('not_found', `There is no key ${id}.`);
    },
  };
}

function sessionIdOf({ session_id }: Person): string {
  if (session_id === undefined) throw new Problem('forbidden', 'This takes a signed-in person.');
  return session_id;
}

/** Only an unauthenticated attempt counts as a failure; to a person who is signed in it is another sentence. */
async function proven(hash: string, password: string): Promise<void> {
  if (!(await verifyPassword({ hash, password }))) throw new Problem('unauthenticated', 'wrong');
}

function asWrong(error: unknown): never {
  if (error instanceof Problem && error.problem === 'unauthenticated')
    throw new Problem('wrong_password', 'This is not your current password. Enter the one that you signed in with.');
  throw error;
}

function refuseRole({ role }: Person, kind: 'personal' | 'agent'): void {
  if (role === 'viewer') throw new Problem('forbidden', 'Viewers read. Ask an owner for the right to make keys.');
  if (kind === 'agent' && role !== 'owner') throw new Problem('forbidden', 'Only an owner makes agent keys.');
}

/** The people of an organisation: members and invitations. */
import { randomBytes } from 'node:crypto';

import { hashPassword, verifyPassword } from 'better-auth/crypto';

import type { Person } from '../../domain/app.ts';
import { acceptance, invite_request, role_request, type PeopleApp } from '../../domain/people.ts';
import { Problem } from '../../domain/problem.ts';
import { inertLine } from '../../domain/text.ts';
import { isUuid } from '../../domain/uuid.ts';
import { organisationName } from '../../prisma/accounts.ts';
import type { Database } from '../../prisma/database.ts';
import {
  acceptInvitation,
  createInvitation,
  invitation_days,
  listInvitations,
  openInvitation,
  revokeInvitation,
  type OpenInvitation,
} from '../../prisma/invitations.ts';
import { changeRole, endSessionsOfMember, listMembers, notOwner, removeMember } from '../../prisma/members.ts';
import { MailRefused, type NoticeMailer } from '../../providers/mail/notice.ts';
import type { Auth } from '../auth.ts';
import { clientOf } from '../client-address.ts';
import { createCounter, tooMany } from '../counters.ts';
import { invitations_max, invitations_window_seconds } from '../limits.ts';
import type { Logger } from '../log.ts';
import { refuseWeak } from '../passwords.ts';
import { checked } from '../problems.ts';
import type { GuessLimit } from '../rate-limit.ts';
import type { SignInLimit } from '../sign-in-limit.ts';

export interface PeopleDeps {
  db: Database;
  auth: Auth;
  guesses: GuessLimit;
  sign_in_limit: SignInLimit;
  mailer: NoticeMailer;
  public_url: string;
  logger: Logger;
}

type MembersApp = Pick<
  PeopleApp,
  | 'members'
  | 'changeRole'
  | 'removeMember'
  | 'signOutMember'
  | 'invitations'
  | 'invite'
  | 'revokeInvitation'
  | 'invitation'
  | 'acceptInvitation'
>;

const name_chars_max = 100;
const over = 'This invitation is used up, withdrawn or older than a week. Ask whoever invited you for a new one.';

export function createPeopleApp({ db, auth, guesses, sign_in_limit, mailer, public_url, logger }: PeopleDeps): MembersApp {
  const mailed = createCounter(db, { name: 'invitations', points: invitations_max, seconds: invitations_window_seconds });

  /** Throws not_found; who asks too often for unknown ones is refused. */
  async function found(token: string, headers: Headers): Promise<OpenInvitation> {
    return guesses.attempt(clientOf(headers), async () => {
      const invitation = await openInvitation(db.sql, token);
      if (invitation === null) throw new Problem('not_found', over);
      return invitation;
    });
  }

  return {
    members: ({ org_id }) => listMembers(db.sql, org_id),
    async changeRole(person, user_id, wanted) {
      const { role } = checked(role_request, { role: wanted });
      await changeRole(db, ownerOnly(person), user_id, role);
      logger.info({ user_id: person.user_id, member: user_id, role }, 'a role was changed');
      return listMembers(db.sql, person.org_id);
    },
    async removeMember(person, user_id) {
      await removeMember(db, ownerOnly(person), user_id);
      logger.info({ user_id: person.user_id, member: user_id }, 'a member was removed');
      return listMembers(db.sql, person.org_id);
    },
    async signOutMember(person, user_id) {
      await endSessionsOfMember(db, ownerOnly(person), user_id);
      logger.info({ user_id: person.user_id, member: user_id }, 'a member was signed out everywhere');
    },

    invitations: async (person) => listInvitations(db.sql, ownerOnly(person).org_id),
    async invite(person, request) {
      ownerOnly(person);
      const { email, role } = checked(invite_request, request);
      await mailed.consume(person.org_id).catch((state: unknown) => {
        throw tooMany(state, `More than ${invitations_max} invitations in an hour.`);
      });
      const token = randomBytes(32).toString('base64url');
      const invitation = await createInvitation(db, person, { email: email.toLowerCase(), role }, token);
      const link = `${public_url}/invitation?token=${token}`;
      const organisation = await organisationName(db.sql, person.org_id);
      try {
        await mailer.send({ to: invitation.email, ...wordsOf({ person, organisation, link }) }, `invitation-${invitation.id}`);
      } catch (error) {
        if (!(error instanceof MailRefused)) throw error;
        await revokeInvitation(db, person, invitation.id);
        throw new Problem(error.again ? 'unavailable' : 'bad_request', `Nobody was invited. ${error.message}`);
      }
      logger.info({ user_id: person.user_id, invitation: invitation.id, role }, 'somebody was invited');
      return { ...invitation, link: mailer.leaves ? null : link };
    },
    async revokeInvitation(person, id) {
      ownerOnly(person);
      if (!isUuid(id) || !(await revokeInvitation(db, person, id))) throw new Problem('not_found', 'No invitation with this id waits.');
    },

    async invitation(token, headers) {
      const { known, passwordless, ...invitation } = await found(token, headers);
      return { ...invitation, joins_by: passwordless ? 'password_to_set' : known === null ? 'new_account' : 'password' };
    },
    async acceptInvitation(token, account, headers) {
      const { name: said, password } = checked(acceptance, account);
      const invitation = await found(token, headers);
      const { known } = invitation;
      const name = known === null ? nameOf(said) : '';
      if (known === null) await refuseWeak(password, { ...invitation, name });
      else await sign_in_limit.attempt(clientOf(headers), invitation.email, () => refuseOther(known.password_hash, password));
      const joined = await acceptInvitation(db, token, {
        known: known?.user_id ?? null,
        name,
        password_hash: known === null ? await hashPassword(password) : null,
      });
      if (joined === null) throw new Problem('not_found', over);
      logger.info({ user_id: joined.user_id }, 'an invitation was accepted');
      return (await auth.startSession(joined.user_id, headers, joined.org_id)).set_cookies;
    },
  };
}

export function ownerOnly(person: Person): Person {
  if (person.role !== 'owner') throw notOwner();
  return person;
}

/** As others see it everywhere: one line, of characters that can be read. */
export function nameOf(said: string): string {
  const name = inertLine(said, name_chars_max + 1);
  if (name === '') throw new Problem('bad_request', 'Enter your name.');
  if ([...name].length > name_chars_max) throw new Problem('bad_request', `Use at most ${name_chars_max} characters for the name.`);
  return name;
}

async function refuseOther(hash: string, password: string): Promise<void> {
  if (!(await verifyPassword({ hash, password })))
    throw new Problem('unauthenticated', 'This is not the password of the account with this address.');
}

/** Names come from people and stand in a subject: one line each. */
function wordsOf({ person, organisation, link }: { person: Person; organisation: string; link: string }) {
  const inviter = inertLine(person.name || person.email, name_chars_max);
  const where = inertLine(organisation, name_chars_max);
  const body = [
    `${inviter} invites you to join ${where} on ExecOps, where a person decides each action before it runs.`,
    `Open this link to accept. It works once, within ${invitation_days} days:`,
    link,
    'If you did not expect this, do nothing: without you the link does nothing.',
  ].join('\n\n');
  return { subject: `${inviter} invites you to ${where} on ExecOps`, body };
}

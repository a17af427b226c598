/** The first person: from OWNER_EMAIL and OWNER_PASSWORD, or by a one-time link while these are not set. */
import { randomBytes, randomUUID } from 'node:crypto';

import { hashPassword, verifyPassword } from 'better-auth/crypto';

import { EnvironmentError, publicUrlOf, type Environment } from '../domain/environment.ts';
import { noteAccountChange } from '../prisma/account-notices.ts';
import { appendAudit, system_actor } from '../prisma/audit.ts';
import type { Database, Sql } from '../prisma/database.ts';
import { addOwner, firstOrganisation, ownersOf, renameUser, setPassword, storeAppliedPassword, type Account } from '../prisma/people.ts';
import { storeSignInLink } from '../prisma/sign-in-links.ts';

export const placeholder_email = 'owner@execops.local';
/** Any number, the same in every process: of several that start at once, one makes the owner. */
const owner_lock = 7_203_115;

/** Resolves to a fresh sign-in link, or to null when the owner has a password. */
export async function ensureOwner(
  db: Database,
  environment: Pick<Environment, 'OWNER_EMAIL' | 'OWNER_PASSWORD' | 'PUBLIC_URL' | 'PORT'> & { BASE_PATH?: string },
): Promise<{ sign_in_link: string | null }> {
  const org_id = await firstOrganisation(db);
  const { OWNER_EMAIL: email, OWNER_PASSWORD: password } = environment;
  return db.tx(async (sql) => {
    await sql`select pg_advisory_xact_lock(${owner_lock})`;
    const owners = await ownersOf(sql, org_id);
    if (email !== undefined && password !== undefined) {
      await ensureAccount(sql, org_id, owners, email.toLowerCase(), password);
      return { sign_in_link: null };
    }
    const user_id = owners[0]?.user_id ?? (await addPlaceholder(sql, org_id));
    const token = randomBytes(32).toString('base64url');
    await storeSignInLink(sql, user_id, token);
    return { sign_in_link: `${publicUrlOf(environment)}/sign-in/link?token=${token}` };
  });
}

async function ensureAccount(sql: Sql, org_id: string, owners: Account[], email: string, password: string): Promise<void> {
  const owner =
    owners.find((account) => account.email === email) ??
    (await renamePlaceholder(sql, owners, email)) ??
    (owners.length === 0 ? await addNamed(sql, org_id, email) : null);
  if (owner === null) {
    throw new EnvironmentError(
      `OWNER_EMAIL must be an owner of this database, such as ${owners[0]?.email}. Leave OWNER_EMAIL and OWNER_PASSWORD unset for a sign-in link.`,
    );
  }
  const changed = await applyPassword(sql, owner, password);
  // Whoever is made by this very start has nothing that could have changed.
  if (changed && owners.includes(owner)) await tellOfPassword(sql, org_id, owner);
}

/**
 * Each value is applied once: what the owner chose since then stays, and so do their sessions. Whoever forgot that sets another value.
 * It is taken again by an owner who has no password left. True when the password has become another one.
 */
async function applyPassword(sql: Sql, { user_id, password_hash, applied_hash }: Account, password: string): Promise<boolean> {
  const is = async (hash: string | null) => hash !== null && (await verifyPassword({ hash, password }));
  if (password_hash !== null && (await is(applied_hash))) return false;
  const current = (await is(password_hash)) ? password_hash : null;
  const hash = current ?? (await hashPassword(password));
  if (current === null) await setPassword(sql, user_id, hash);
  await storeAppliedPassword(sql, user_id, hash);
  return current === null;
}

async function tellOfPassword(sql: Sql, org_id: string, { user_id }: Account): Promise<void> {
  await noteAccountChange(sql, { org_id, user_id, kind: 'password_changed' });
  const metadata = { account: 'password_changed', by: 'OWNER_PASSWORD', user_id };
  await appendAudit(sql, { org_id, proposal_id: null, from: null, to: null, actor: system_actor, metadata });
}

/** Whoever used the one-time link before is the same person as the one named now: decisions stay theirs. */
async function renamePlaceholder(sql: Sql, owners: Account[], email: string): Promise<Account | undefined> {
  const placeholder = owners.find((account) => account.email === placeholder_email);
  if (placeholder !== undefined) await renameUser(sql, placeholder.user_id, { email, name: nameOf(email) });
  return placeholder;
}

async function addNamed(sql: Sql, org_id: string, email: string): Promise<Account> {
  const user_id = randomUUID();
  await addOwner(sql, org_id, { user_id, email, name: nameOf(email) });
  return { user_id, email, password_hash: null, applied_hash: null };
}

async function addPlaceholder(sql: Sql, org_id: string): Promise<string> {
  const user_id = randomUUID();
  await addOwner(sql, org_id, { user_id, email: placeholder_email, name: 'Owner' });
  return user_id;
}

/** `ana.silva@example.com` is called Ana Silva until she says otherwise. */
function nameOf(email: string): string {
  const words = email
    .slice(0, email.indexOf('@'))
    .split(/[._+-]+/)
    .filter((word) => word !== '');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ') || email;
}

/** The people of an organisation, and the ways they sign in. */
import { z } from 'zod';

import { address } from './address.ts';
import type { Person } from './app.ts';
import type { KeyRequest, KeyView } from './wire/key.ts';

/** Beside `Person` in app.ts, which imports this file. */
export const roles = ['owner', 'ops_lead', 'viewer'] as const;
export type Role = (typeof roles)[number];

export const member_view = z.object({
  user_id: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
  joined_at: z.iso.datetime(),
  passkeys: z.number().int(),
  last_seen_at: z.iso.datetime().nullable(),
});
export type MemberView = z.infer<typeof member_view>;

export const invitation_view = z.object({
  id: z.uuid(),
  email: z.string(),
  role: z.enum(roles),
  invited_by_name: z.string(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
});
export type InvitationView = z.infer<typeof invitation_view>;

export const session_view = z.object({
  id: z.string(),
  current: z.boolean(),
  /** `Chrome on Android`. */
  device: z.string(),
  address: z.string().nullable(),
  created_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
});
export type SessionView = z.infer<typeof session_view>;

export const passkey_view = z.object({
  id: z.string(),
  name: z.string(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
});
export type PasskeyView = z.infer<typeof passkey_view>;

export const role_request = z.object({ role: z.enum(roles) });
export const invite_request = z.object({ email: address, role: z.enum(roles) });
/** The password's own rules are said in sentences of their own. */
const password = z.string().min(1, 'must not be empty').max(1_000);
export const password_change = z.object({ current: z.string().max(1_000).default(''), next: password });
export const name_change = z.object({ name: z.string().max(1_000) });
export const acceptance = z.object({ name: z.string().max(1_000).default(''), password });

/** With what an invitation is accepted: a new account, the password of the one that is there, or one that has to be set on it first. */
export type JoinsBy = 'new_account' | 'password' | 'password_to_set';

export interface PeopleApp {
  members(person: Person): Promise<MemberView[]>;
  changeRole(person: Person, user_id: string, role: Role): Promise<MemberView[]>;
  removeMember(person: Person, user_id: string): Promise<MemberView[]>;
  /** Ends every session of a member, as when a phone was lost. */
  signOutMember(person: Person, user_id: string): Promise<void>;

  invitations(person: Person): Promise<InvitationView[]>;
  /** Mails the link. `link` is it, for the owner to hand over where no mail leaves this machine; null otherwise. */
  invite(person: Person, request: { email: string; role: Role }): Promise<InvitationView & { link: string | null }>;
  revokeInvitation(person: Person, id: string): Promise<void>;
  /** Whom a link invites, and what joins: whoever holds the link is the addressee. Throws not_found when it is used up or over. */
  invitation(
    token: string,
    headers: Headers,
  ): Promise<{ email: string; role: Role; organisation: string; invited_by_name: string; joins_by: JoinsBy }>;
  /** Makes the account and the membership; returns the `Set-Cookie` values. */
  acceptInvitation(token: string, account: { name: string; password: string }, headers: Headers): Promise<string[]>;

  /** Somebody who came by the first start's link may have no password yet. */
  account(person: Person): Promise<{ has_password: boolean }>;
  sessions(person: Person, headers: Headers): Promise<SessionView[]>;
  endSession(person: Person, id: string): Promise<void>;
  endOtherSessions(person: Person, headers: Headers): Promise<void>;
  /** Ends every other session; returns the `Set-Cookie` values of the new one. */
  changePassword(person: Person, change: { current: string; next: string }, headers: Headers): Promise<string[]>;
  changeName(person: Person, name: string): Promise<void>;

  keys(person: Person): Promise<KeyView[]>;
  createKey(person: Person, request: KeyRequest): Promise<KeyView & { key: string }>;
  revokeKey(person: Person, id: string): Promise<void>;

  /** The browser registers, signs in and steps up over `/api/passkeys/*`, which takes and gives WebAuthn's JSON. */
  passkeys(person: Person): Promise<PasskeyView[]>;
  removePasskey(person: Person, id: string): Promise<void>;
}

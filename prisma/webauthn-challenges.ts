/** What a passkey was asked to sign. Each challenge is good for one answer within minutes, for one purpose, and from one session. */
import type { Sql } from './database.ts';

export type Challenge =
  | { purpose: 'sign_in' }
  | { purpose: 'register'; user_id: string; session_id: string }
  | { purpose: 'step_up'; user_id: string; session_id: string; proposal_id: string; payload_hash: string };

const challenge_valid_minutes = 5;

export async function storeChallenge(sql: Sql, challenge: string, about: Challenge): Promise<void> {
  const { purpose, user_id, session_id, proposal_id, payload_hash } = { ...nothing_more, ...about };
  await sql`delete from webauthn_challenges where expires_at < now()`;
  await sql`
    insert into webauthn_challenges (challenge, purpose, user_id, session_id, proposal_id, payload_hash, expires_at)
    values (${challenge}, ${purpose}, ${user_id}, ${session_id}, ${proposal_id}, ${payload_hash}, now() + ${challenge_valid_minutes} * interval '1 minute')`;
}

const nothing_more = { user_id: null, session_id: null, proposal_id: null, payload_hash: null };

export interface TakenChallenge {
  purpose: string;
  user_id: string | null;
  session_id: string | null;
  proposal_id: string | null;
  payload_hash: string | null;
}

/** Uses a challenge up, whatever becomes of the answer; null when it never was, is over, or was answered. Of two answers at once, one gets it. */
export async function takeChallenge(sql: Sql, challenge: string): Promise<TakenChallenge | null> {
  const [row] = await sql<TakenChallenge & { lasts: boolean }>`
    delete from webauthn_challenges where challenge = ${challenge}
    returning purpose, user_id, session_id, proposal_id, payload_hash, expires_at > now() as lasts`;
  if (row === undefined || !row.lasts) return null;
  const { lasts: _, ...taken } = row;
  return taken;
}

/** Proofs that a person has just used a passkey for one version of one card. Each counts once; only its hash is stored. */
import type { Person } from '../domain/app.ts';
import { sha256 } from '../domain/seal.ts';
import type { Sql } from './database.ts';

/** What exactly was confirmed, and by whom. */
export interface StepUpOf {
  person: Pick<Person, 'org_id' | 'user_id'>;
  proposal_id: string;
  payload_hash: string;
}

/**
 * Uses the proof up; false when it is unknown, over, used, or somebody's or something else's. Of two at once, one wins.
 * In the transaction of the decision, so that a refused one leaves the proof for the next try.
 */
export async function consumeStepUp(
  sql: Sql,
  { token, person, proposal_id, payload_hash }: StepUpOf & { token: string },
): Promise<boolean> {
  const used = await sql`
    update step_ups set used_at = now()
    where id = ${sha256(token)} and org_id = ${person.org_id} and user_id = ${person.user_id}
      and proposal_id = ${proposal_id} and payload_hash = ${payload_hash} and used_at is null and expires_at > now()
    returning id`;
  return used.length === 1;
}

/** Whether an approval that takes a second confirm is asked to be proven. */
export async function hasPasskey(sql: Sql, user_id: string): Promise<boolean> {
  const found = await sql`select 1 from passkeys where user_id = ${user_id} limit 1`;
  return found.length === 1;
}

export const step_up_valid_minutes = 5;

export async function storeStepUp(sql: Sql, { token, person, proposal_id, payload_hash }: StepUpOf & { token: string }): Promise<Date> {
  await sql`delete from step_ups where expires_at < now() - interval '1 day'`;
  const [row] = await sql<{ expires_at: Date }>`
    insert into step_ups (id, org_id, user_id, proposal_id, payload_hash, expires_at)
    values (${sha256(token)}, ${person.org_id}, ${person.user_id}, ${proposal_id}, ${payload_hash}, now() + ${step_up_valid_minutes} * interval '1 minute')
    returning expires_at`;
  if (row === undefined) throw new Error('the insert of a step-up returned no row');
  return row.expires_at;
}

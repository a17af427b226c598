import type { ProposalView } from '../domain/wire/card.ts';
import type { Sql } from './database.ts';

type Linked = ProposalView['linked'][number];

/** For each proposal the others about the same incident, in their order: one subject, one procedure, and an event in common. */
export async function linkedTo(sql: Sql, proposal_ids: string[]): Promise<Map<string, Linked[]>> {
  const rows = await sql<Linked & { of: string }>`
    select p.id as of, o.id, o.title, o.action_type, o.operation, o.status
    from proposals p join proposals o
      on o.org_id = p.org_id and o.subject = p.subject and o.vertical = p.vertical and o.id <> p.id
    where p.id = any(${proposal_ids}::uuid[]) and exists (
      select from proposal_events mine join proposal_events others on others.event_id = mine.event_id
      where mine.proposal_id = p.id and others.proposal_id = o.id)
    order by o.created_at, o.id`;
  const linked = new Map<string, Linked[]>();
  for (const { of, ...other } of rows) linked.set(of, [...(linked.get(of) ?? []), other]);
  return linked;
}

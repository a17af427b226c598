/** An event that ends an incident takes back what still waits for a person. */
import { open_statuses } from '../domain/proposal.ts';
import type { StoredEvent } from '../domain/sop.ts';
import { system_actor } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { giveVerdict } from './events.ts';
import { joinEvent, lockSubjects, type Incident } from './incident.ts';
import { lockProposal, moveTo, remark, returnToPending, wakeLater } from './moves.ts';

/** How often its subjects are read again, because something joined their cards meanwhile, before this is left to a retry. */
const looks_max = 5;

/** What still waits is withdrawn, what is running or done takes the event as evidence. */
export async function withdraw(db: Pick<Database, 'sql' | 'tx'>, incident: Incident): Promise<void> {
  if (incident.settles === 'for_good') return db.tx((sql) => withdrawAll(sql, incident, incident.subjects));
  let names = incident.subjects;
  for (let look = 0; look < looks_max; look += 1) {
    // Which cards it ends depends on what has joined them, and was read before anything was locked.
    const seen = await evidenceOf(db.sql, incident, names);
    const ended = await incident.subjectsNow();
    const is_known = ended.every((name) => names.includes(name));
    const done =
      is_known &&
      (await db.tx(async (sql) => {
        await lockSubjects(sql, incident.event.org_id, ended);
        if ((await evidenceOf(sql, incident, names)) !== seen) return false;
        await withdrawAll(sql, incident, ended);
        return true;
      }));
    if (done) return;
    names = ended;
  }
  throw new Error('what it ends changes faster than it can be read');
}

/** Everything that the open cards under these names rest on, in one word to compare. */
async function evidenceOf(sql: Sql, { event }: Incident, subjects: string[]): Promise<string> {
  const [row] = await sql<{ all: string }>`
    select coalesce(md5(string_agg(j.proposal_id::text || j.event_id, ' ' order by j.proposal_id, j.event_id)), '') as all
    from proposals p join proposal_events j on j.proposal_id = p.id and j.role = 'evidence'
    where p.org_id = ${event.org_id} and p.subject = any(${subjects}) and p.status = any(${[...open_statuses]})`;
  return row?.all ?? '';
}

async function withdrawAll(sql: Sql, { event, vertical, verticals }: Incident, subjects: string[]): Promise<void> {
  await lockSubjects(sql, event.org_id, subjects);
  const open = await sql<{ id: string }>`
    select id from proposals where org_id = ${event.org_id} and subject = any(${subjects}) and basis is not null
      and status = any(${[...open_statuses]}) order by id for update`;
  let withdrawn = 0;
  for (const { id } of open) withdrawn += (await withdrawOne(sql, event, id)) ? 1 : 0;
  const note = open.length === 0 ? 'nothing was waiting for it' : `it withdrew ${withdrawn} of ${open.length} open proposals`;
  await giveVerdict(sql, event.id, { vertical, all: verticals, reason: null, note });
}

async function withdrawOne(sql: Sql, event: StoredEvent, id: string): Promise<boolean> {
  await joinEvent(sql, id, event.id, 'settled');
  const note = `${event.type} arrived: there is nothing left to do.`;
  const move = { actor: system_actor, metadata: { event_id: event.id, reason: event.type }, notes: [note] };
  let row = await lockProposal(sql, event.org_id, id);
  const running = await sql`select 1 from executions where proposal_id = ${id} and version = ${row.version}`;
  if (row.status === 'approved' && running.length === 0) {
    await returnToPending(sql, row, {}, { actor: system_actor, metadata: move.metadata, flags: ['facts_changed'] });
    row = await lockProposal(sql, event.org_id, id);
  }
  if (row.status !== 'pending') {
    await remark(sql, row, system_actor, { joined: event.id, reason: event.type });
    return false;
  }
  await moveTo(sql, row, 'superseded', move);
  await wakeLater(sql, row, 'dispatcher');
  return true;
}

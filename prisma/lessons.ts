/** What people made of earlier drafts: why they rejected them, and what they sent instead. */
import type { Lesson } from '../domain/sop.ts';
import { withoutTargets } from '../domain/targets.ts';
import type { Json } from '../domain/text.ts';
import type { Database } from './database.ts';

const lessons_of_each_max = 4;
const lesson_chars_max = 1_200;

/** The newest lessons of one procedure's action type, with whatever was particular to a customer masked. */
export async function lessonsOf(db: Pick<Database, 'sql'>, org_id: string, vertical: string, action_type: string): Promise<Lesson[]> {
  const rejections = await db.sql<{ feedback: string; facts: Json }>`
    select d.feedback, p.facts from decisions d join proposals p on p.id = d.proposal_id
    where d.org_id = ${org_id} and p.vertical = ${vertical} and p.action_type = ${action_type} and p.basis is not null
      and d.decision = 'reject' and d.undone_at is null and d.feedback <> ''
    order by d.decided_at desc limit ${lessons_of_each_max}`;
  const edits = await db.sql<{ drafted: Json; sent: Json; facts: Json }>`
    select before.payload as drafted, after.payload as sent, p.facts
    from decisions d join proposals p on p.id = d.proposal_id
    join proposal_versions after on after.proposal_id = d.proposal_id and after.version = d.version and after.author_type = 'user'
    join proposal_versions before on before.proposal_id = d.proposal_id and before.version = d.version - 1 and before.author_type = 'system'
    where d.org_id = ${org_id} and p.vertical = ${vertical} and p.action_type = ${action_type} and p.basis is not null
      and d.decision = 'approve' and d.undone_at is null
    order by d.decided_at desc limit ${lessons_of_each_max}`;
  return [
    ...rejections.map(({ feedback, facts }) => ({ rejected_because: masked(feedback, facts) })),
    ...edits.map(({ drafted, sent, facts }) => ({ drafted: masked(wordsOf(drafted), facts), sent: masked(wordsOf(sent), facts) })),
  ];
}

function wordsOf(payload: Json): string {
  const members = payload !== null && typeof payload === 'object' && !Array.isArray(payload) ? payload : {};
  const { subject, title, body, text, description } = members;
  return [subject, title, body, text, description].filter((part) => typeof part === 'string').join('\n\n');
}

/** One customer's name, address, link and figures must not turn up in a letter to another. */
function masked(text: string, facts: Json): string {
  const names = Array.isArray(facts) ? facts.flatMap((fact) => namesIn(fact)) : [];
  const nameless = names.toSorted((a, b) => b.length - a.length).reduce((left, name) => left.replaceAll(name, '[name]'), text);
  return withoutTargets(nameless, { link: '[link]', address: '[address]' })
    .replace(/[\p{Sc}]?\p{N}[\p{N}.,'’:/-]*%?/gu, '[number]')
    .slice(0, lesson_chars_max)
    .toWellFormed();
}

/** The whole name and its parts: a letter greets by the first. */
function namesIn(fact: Json): string[] {
  if (fact === null || typeof fact !== 'object' || Array.isArray(fact)) return [];
  const { label, value } = fact;
  if (typeof label !== 'string' || typeof value !== 'string' || !naming_labels.has(label)) return [];
  const name = value.replace(/ \(VIP\)$/, '');
  return [name, ...name.split(/[\s()]+/)].filter((part) => part.length >= name_chars_min);
}

/** Facts whose value is somebody's name, perhaps with their login in parentheses. */
const naming_labels = new Set(['Customer', 'Engineer', 'Shipped by', 'Last changed by']);
const name_chars_min = 3;

/** Asking for another value of a setting: as a proposal, which an owner has to approve like any other. */
import { randomUUID } from 'node:crypto';

import type { Person } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import {
  definitionOf,
  groupOf,
  isSettingKey,
  objectionTo,
  type SettingDefaults,
  type SettingKey,
  type SettingValue,
} from '../domain/setting-registry.ts';
import { changeTitle, settingName, settingText } from '../domain/setting-words.ts';
import type { SettingRequest } from '../domain/settings.ts';
import { uuidOf } from '../domain/uuid.ts';
import type { Proposed } from '../domain/wire/draft.ts';
import type { Fact } from '../domain/wire/fact.ts';
import type { Actor } from './audit.ts';
import { currentValue, subjectOf } from './change-setting.ts';
import type { Database, Sql } from './database.ts';
import { storeDrafted } from './drafted.ts';
import { lockSubjects } from './incident.ts';
import { lockProposal, moveTo, returnToPending, wakeLater, type LockedProposal } from './moves.ts';
import { tooFewFor } from './required-approvals.ts';
import { holdSettings } from './settings.ts';

export interface SettingAsked extends Proposed {
  event_id: string;
  /** False when somebody has asked for the same already. */
  drafted: boolean;
}

export interface Asking {
  /** What the environment has otherwise than the registry. */
  defaults: SettingDefaults;
  connectionOf(action_type: string, operation: string | null): string | null;
}

/** Throws a Problem: 403, 404 for no such setting, 400 for a value it may not be, 409 when it is so already or about to change. */
export async function proposeSetting(
  db: Pick<Database, 'tx'>,
  person: Person,
  request: SettingRequest,
  asking: Asking,
): Promise<SettingAsked> {
  if (person.role === 'viewer') throw new Problem('forbidden', 'Viewers read. Ask an owner for the right to propose.');
  const key = request.setting;
  if (!isSettingKey(key)) throw new Problem('not_found', `There is no setting "${key}". GET /api/settings lists them.`);
  const objection = objectionTo(key, request.value);
  if (objection !== null) throw new Problem('bad_request', `${settingName(key)} ${objection}.`);
  return db.tx(async (sql) => {
    await lockSubjects(sql, person.org_id, [subjectOf(key)]);
    await holdSettings(sql, person.org_id, 'together');
    const open = await openChange(sql, person.org_id, key);
    const from = await currentValue(sql, person.org_id, key, asking.defaults);
    const same = open === null ? null : standsFor(open, key, { from, to: request.value });
    if (same !== null) return { ...same, drafted: false };
    if (from === request.value) throw soAlready(key, from, open);
    const too_few = await tooFewFor(sql, person.org_id, key, request.value);
    if (too_few !== null) throw new Problem('bad_request', too_few);
    if (open !== null) await replace(sql, open, person, settingText(key, request.value));
    return { ...(await draft(sql, person, { key, from, to: request.value }, asking)), drafted: true };
  });
}

/** The card about this setting that is not over. */
async function openChange(sql: Sql, org_id: string, key: SettingKey): Promise<LockedProposal | null> {
  const [row] = await sql<{ id: string }>`
    select id from proposals where org_id = ${org_id} and subject = ${subjectOf(key)} and status in ('pending', 'approved', 'failed', 'unknown') for update`;
  return row === undefined ? null : lockProposal(sql, org_id, row.id);
}

/** The card itself when it asks for just this; throws while it is past being replaced. */
function standsFor(
  open: LockedProposal,
  key: SettingKey,
  wanted: { from: SettingValue; to: SettingValue },
): (Proposed & { event_id: string }) | null {
  const { id: proposal_id, status, payload_hash, event_id, payload } = open;
  if (status === 'approved' || status === 'unknown')
    throw new Problem(
      'wrong_status',
      `A change of ${settingName(key)} is ${status === 'approved' ? 'approved and about to run' : 'not settled yet'}. Wait for it, or look at its card.`,
      {
        current_status: status,
        proposal_id,
      },
    );
  const asks = payload as { from?: unknown; to?: unknown };
  return status === 'pending' && asks.from === wanted.from && asks.to === wanted.to
    ? { proposal_id, status, payload_hash, event_id }
    : null;
}

function soAlready(key: SettingKey, value: SettingValue, open: LockedProposal | null): Problem {
  const sentence = `${settingName(key)} is ${settingText(key, value)} already.`;
  return open?.status === 'pending'
    ? new Problem('nothing_to_change', `${sentence} A card asks to change it; reject that one to keep it so.`, { proposal_id: open.id })
    : new Problem('nothing_to_change', sentence);
}

/** Whoever asks last is the one whose card waits; the former stays to be read. */
async function replace(sql: Sql, open: LockedProposal, person: Person, wanted: string): Promise<void> {
  const actor: Actor = { type: 'user', id: person.user_id };
  const move = { actor, metadata: { reason: 'another value was asked for' } };
  if (open.status === 'failed') await returnToPending(sql, open, {}, move);
  const row = await lockProposal(sql, open.org_id, open.id);
  await moveTo(sql, row, 'superseded', { ...move, notes: [`${person.name} asked for ${wanted} instead.`] });
  await wakeLater(sql, row, 'dispatcher');
}

async function draft(
  sql: Sql,
  person: Person,
  { key, from, to }: { key: SettingKey; from: SettingValue; to: SettingValue },
  { connectionOf }: Asking,
): Promise<Proposed & { event_id: string }> {
  const event_id = randomUUID();
  const id = uuidOf(event_id, 'settings', 'api_call', 'settings.change');
  const payload = { setting: key, from, to };
  const answer = await storeDrafted(sql, {
    org_id: person.org_id,
    id,
    event: { id: event_id, source: 'system', type: 'settings.change_requested', payload: { ...payload, requested_by: person.user_id } },
    cited: [],
    vertical: 'settings',
    sop_version: 'settings',
    subject: subjectOf(key),
    action_type: 'api_call',
    operation: 'settings.change',
    connection: connectionOf('api_call', 'settings.change'),
    payload,
    urgency: 'low',
    title: changeTitle(key, from, to),
    facts: [
      fact('Setting', settingName(key)),
      fact('Now', settingText(key, from)),
      { ...fact('Then', settingText(key, to)), unusual: true },
    ],
    reasoning: `${person.name} asked for it. ${definitionOf(key).help} ${effectOf(key)}`,
    written_by: 'rules',
    evidence: [{ claim: `${person.name} asked for it.`, event_id, metric: null }],
    flags: [],
    notes: [],
    compensates: null,
    actor: { type: 'user', id: person.user_id },
  });
  return { ...answer, event_id };
}

function effectOf(key: SettingKey): string {
  if (key.includes('required_approvals')) return 'It applies to cards that wait, too.';
  return groupOf(key) === 'organisation'
    ? 'It applies from then on.'
    : 'It applies to events that come in from then on; a card that waits is judged by it when it is judged again.';
}

function fact(label: string, value: string): Fact {
  return { label, value, unusual: false, event_id: null, at: null };
}

/** The shapes on the wire. They validate requests, type the interface and are the source of the OpenAPI document. */
import { z } from 'zod';

import { action_types } from './action.ts';
import { escalations } from './escalation.ts';
import { event_statuses } from './event.ts';
import { gesture } from './gesture.ts';
import { drafted_verticals, execution_statuses, flags, proposal_statuses, reversibilities, urgencies, verticals } from './proposal.ts';
import type { Json } from './text.ts';

const json: z.ZodType<Json> = z.json();
export const time = z.iso.datetime({ offset: true });
/** Whatever Postgres takes for a UUID, of any version: one that nobody has is unknown, not malformed. */
const any_id = z.guid();
/** Null means absent, as many clients write it. */
export const optional = <T extends z.ZodType>(schema: T) =>
  schema
    .nullish()
    .transform((value): z.output<T> | undefined => value ?? undefined)
    .optional();
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be the 64 hexadecimal digits of payload_hash');

/** One fact on a card, rendered by our code. */
export const fact = z.object({
  label: z.string(),
  value: z.string(),
  /** Shown in bold: what a person should not overlook. */
  unusual: z.boolean(),
  /** The event the fact was read from, when there is one. */
  event_id: z.uuid().nullable(),
  /** When the value is a moment: for showing it in the reader's zone, and how long ago. */
  at: time.nullable().default(null),
});
export type Fact = z.infer<typeof fact>;

export const evidence = z.object({
  claim: z.string(),
  event_id: z.uuid().nullable(),
  /** Where the claim comes from when it is no event: `context` or a whitelisted metric. */
  metric: z.string().nullable(),
});
export type Evidence = z.infer<typeof evidence>;

export const priority = z.object({
  score: z.number().int(),
  parts: z.object({ revenue: z.number().int(), urgency: z.number().int(), effort: z.number().int(), strategic: z.number().int() }),
});

const linked = z.object({
  id: z.uuid(),
  title: z.string(),
  action_type: z.enum(action_types),
  operation: z.string().nullable(),
  status: z.enum(proposal_statuses),
});

export const proposal_view = z.object({
  id: z.uuid(),
  status: z.enum(proposal_statuses),
  urgency: z.enum(urgencies),
  vertical: z.enum(verticals),
  action_type: z.enum(action_types),
  operation: z.string().nullable(),
  connection: z.string(),
  subject: z.string(),
  /** One line for the card: who and what. */
  title: z.string(),
  facts: z.array(fact),
  /** Why this is proposed, by the rules. */
  reasoning: z.string(),
  /** Who wrote the payload's words, and what the model said about them. */
  words: z.object({
    by: z.enum(['rules', 'model', 'agent', 'person']),
    model: z.string().nullable(),
    explanation: z.string().nullable(),
    /** What the model says its text states, each with the evidence it names, as indexes into `evidence`. */
    claims: z.array(z.object({ claim: z.string(), evidence: z.array(z.number().int()) })).default([]),
    /** Numbers and claims of the model's text that no evidence supports: read the card before approving. */
    unsupported: z.array(z.string()).default([]),
  }),
  evidence: z.array(evidence),
  payload: json,
  /** Who a Slack message is for, where the payload names them by id and we know them. */
  recipient_name: z.string().nullable(),
  payload_hash: hash,
  version: z.number().int().min(1),
  event_ids: z.array(z.uuid()),
  flags: z.array(z.string()),
  /** What the flags want to say, in sentences, such as what changed since the approval. */
  notes: z.array(z.string()),
  priority,
  reversibility: z.enum(reversibilities),
  /** What approving it takes of a person. */
  gesture,
  /** How long an approval could be taken back before the action starts; 0 when it starts at once. */
  undo_seconds: z.number().int(),
  required_approvals: z.number().int(),
  approvals: z.number().int(),
  /** Who has approved this version, in their order. */
  approved_by: z.array(z.object({ user_id: z.string(), name: z.string(), email: z.string(), at: time })),
  /** The person who asked for it; null for what a procedure or an agent drafted. */
  proposed_by: z.object({ user_id: z.string(), name: z.string() }).nullable(),
  /** How many events it stands for. */
  event_count: z.number().int(),
  escalates_at: time.nullable(),
  /** How far the procedure's time has brought it: a reminder at a quarter between `from` and `at`, another person at half, the owner at the end. */
  escalation: z.object({ stage: z.enum(escalations), from: time.nullable(), at: time.nullable() }),
  /** To whom it is handed while that lasts, by member ids. */
  delegation: z
    .object({ to: z.string(), to_name: z.string(), from: z.string(), from_name: z.string(), until: time, reason: z.string() })
    .nullable(),
  snoozed_until: time.nullable(),
  /** Snoozed until the next event joins it. */
  snoozed_until_event: z.boolean(),
  /** The other proposals about the same incident, in their order. */
  linked: z.array(linked),
  expires_at: time.nullable(),
  /** When an approved action starts; until then it can be undone. */
  executes_at: time.nullable(),
  /** The verdict that stands, when there is one. */
  decision: z
    .object({
      decision: z.enum(['approve', 'reject']),
      decided_by: z.string(),
      decided_by_name: z.string(),
      decided_at: time,
      /** Where. */
      via: z.enum(['web', 'api', 'slack']),
      feedback: z.string().nullable(),
    })
    .nullable(),
  /** Who has to answer for it to run; null when nobody outside has to. `since` is the first of the connections that failed. */
  provider: z.object({ name: z.string(), state: z.enum(['ok', 'down']), since: time.nullable() }).nullable(),
  /** For what was done: whether it can be taken back from here now, by which proposal it is, and whether it has been. Null for all else. */
  rollback: z.object({ possible: z.boolean(), proposal_id: z.uuid().nullable(), done: z.boolean() }).nullable(),
  /** The executed proposal that this one takes back. */
  compensates: z.uuid().nullable(),
  workflow_id: z.string(),
  /** The run in the Temporal UI; null when its address is not known. */
  workflow_url: z.string().nullable(),
  created_at: time,
  updated_at: time,
});
export type ProposalView = z.infer<typeof proposal_view>;

const inbox_limit_default = 100;
const inbox_limit_max = 500;
export const inbox_query = z.object({
  /** One status, or `decided` for all but pending ones. */
  status: z.enum([...proposal_statuses, 'decided']).default('pending'),
  vertical: z.enum(verticals).optional(),
  urgency: z.enum(urgencies).optional(),
  action_type: z.enum(action_types).optional(),
  /** Only those that carry this flag, such as `edited` or `blocked_by_policy`. */
  flag: z.enum(flags).optional(),
  /** Snoozed ones stand among the others, are left out, or are alone. */
  snoozed: z.enum(['shown', 'hidden', 'only']).default('shown'),
  /** Words that its title, subject, facts or draft hold, in any order. */
  q: z.string().trim().max(200).optional(),
  /** By priority, or what changed last first, as a history is read. */
  order: z.enum(['priority', 'newest']).default('priority'),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(inbox_limit_max).default(inbox_limit_default),
});
export type InboxQuery = z.infer<typeof inbox_query>;
export const inbox_page = z.object({ proposals: z.array(proposal_view), next_cursor: z.string().nullable() });
export type InboxPage = z.infer<typeof inbox_page>;

export const decide_request = z.object({
  proposal_id: any_id,
  decision: z.enum(['approve', 'reject']),
  payload_hash: hash,
  /** The deciding person's email or id; refused when it is somebody else's. */
  actor: optional(z.string().max(254)),
  feedback: optional(z.string().max(2_000)),
  /** The complete new payload; `payload_hash` names the version that was edited. */
  edit: optional(json),
  /** Proof that a passkey was just used for this version: from `POST /api/passkeys/step-up`. */
  step_up: optional(z.string().max(200)),
});
export type DecideRequest = z.infer<typeof decide_request>;
export const decide_response = z.object({
  proposal_id: z.uuid(),
  status: z.enum(proposal_statuses),
  decision: z.enum(['approve', 'reject']),
  decided_by: z.string(),
  decided_at: time,
  payload_hash: hash,
});
export type DecideResponse = z.infer<typeof decide_response>;

export const snooze_request = z
  .object({ until: optional(time), until_event: optional(z.boolean()) })
  .refine(({ until, until_event }) => (until !== undefined) !== (until_event === true), 'give either until or "until_event": true');
export type SnoozeRequest = z.input<typeof snooze_request>;

/** Nothing said: the time it had at first, again from now. */
export const extend_request = z
  .object({ hours: optional(z.number().positive().max(100_000)), until: optional(time) })
  .refine(({ hours, until }) => hours === undefined || until === undefined, 'give either hours or until');
export type ExtendRequest = z.input<typeof extend_request>;

export const delegate_request = z.object({
  /** A member's id or email. */
  to: z.string().trim().min(1).max(254),
  until: time,
  reason: z.string().trim().min(1).max(500),
});
export type DelegateRequest = z.input<typeof delegate_request>;

export const proposed = z.object({ proposal_id: z.uuid(), status: z.enum(proposal_statuses), payload_hash: hash });
export type Proposed = z.infer<typeof proposed>;

export const propose_event_request = z.object({ event_id: any_id });
/** A complete draft. Unknown members, such as server-owned fields, are ignored. */
export const propose_draft_request = z.object({
  vertical: z.enum(drafted_verticals),
  action_type: z.enum([...action_types, 'slack']).transform((type) => (type === 'slack' ? 'slack_dm' : type)),
  operation: optional(z.string().max(100)),
  urgency: z.enum(urgencies),
  reasoning: z.string().trim().min(1).max(4_000),
  payload: json,
  evidence: z
    .array(z.union([z.string().max(1_000), z.object({ claim: z.string().max(1_000), event_id: optional(any_id) })]))
    .max(50)
    .nullish()
    .transform((evidence) => evidence ?? []),
  event_id: optional(any_id),
});
export type ProposeDraftRequest = z.infer<typeof propose_draft_request>;
export const propose_report_request = z.object({ type: z.string().min(1).max(200), payload: json });

export const audit_row = z.object({
  seq: z.number().int(),
  proposal_id: z.uuid().nullable(),
  from_status: z.string().nullable(),
  to_status: z.string().nullable(),
  actor_type: z.enum(['system', 'user', 'agent']),
  actor_id: z.string(),
  /** What a user is called today; null for others, and in the stream. */
  actor_name: z.string().nullable().default(null),
  /** For a row whose metadata names a delegation: its members by name, and why. Null in the stream. */
  delegation: z.object({ from_name: z.string(), to_name: z.string(), until: time, reason: z.string() }).nullable().default(null),
  ts: time,
  metadata: z.record(z.string(), json),
  hash,
});
export type AuditRow = z.infer<typeof audit_row>;

const attempt_view = z.object({
  n: z.number().int(),
  status: z.enum(['running', 'succeeded', 'failed', 'unknown']),
  started_at: time,
  finished_at: time.nullable(),
  error: z.string().nullable(),
});
export const execution_view = z.object({
  id: z.uuid(),
  idempotency_key: z.string(),
  status: z.enum(execution_statuses),
  started_at: time,
  finished_at: time.nullable(),
  result: json.nullable(),
  error: z.string().nullable(),
  attempts: z.array(attempt_view),
});
export type ExecutionView = z.infer<typeof execution_view>;

export const trace_step = z.object({ step: z.string(), at: time, took_ms: z.number(), summary: z.string() });
export type TraceStep = z.infer<typeof trace_step>;

export const receipt = z.object({
  proposal_id: z.uuid(),
  /** The event that started it, by provider and type. */
  source: z.string(),
  time: time.nullable(),
  /** Who decided it, by email; several when it took several. */
  actor: z.string().nullable(),
  /** What ran it, as which account: `email · outbox:local`. */
  tool: z.string(),
  result: z.string(),
  how_to_reverse: z.string(),
  payload_hash: hash,
  idempotency_key: z.string().nullable(),
  /** Where the mail can be read that went into the local outbox; null when none did. */
  mail_url: z.string().nullable(),
  /** The audit chain's newest hash when this receipt was made: cutting the tail of the chain would show. */
  audit_head: z.object({ seq: z.number().int(), hash }),
});
export type Receipt = z.infer<typeof receipt>;

/** The proposal that takes another one back. */
export const rolled_back = proposed.extend({ event_id: z.uuid() });
export type RollbackDrafted = z.infer<typeof rolled_back>;

export const event_view = z.object({
  id: z.uuid(),
  source: z.string(),
  type: z.string(),
  occurred_at: time,
  received_at: time,
  processed_at: time.nullable(),
  status: z.enum(event_statuses),
  reason: z.string().nullable(),
  subject: z.string().nullable(),
  proposal_ids: z.array(z.uuid()),
});
export type EventView = z.infer<typeof event_view>;
export const event_detail = event_view.extend({ payload: json });
export type EventDetail = z.infer<typeof event_detail>;

/** What the procedures would propose for a stored event now. */
export const replay_result = z.object({
  event_id: z.uuid(),
  proposals: z.array(
    z.object({
      vertical: z.enum(verticals),
      action_type: z.enum(action_types),
      operation: z.string().nullable(),
      urgency: z.enum(urgencies),
      subject: z.string(),
      title: z.string(),
      payload: json,
      reasoning: z.string(),
      /** A new card; evidence for one that is there; or nothing, for a reason of its procedure's. */
      would: z.enum(['propose', 'join', 'nothing']),
    }),
  ),
  /** Why a procedure, or all of them, would do nothing. */
  reasons: z.array(z.object({ vertical: z.enum(verticals).nullable(), reason: z.string() })),
});
export type ReplayResult = z.infer<typeof replay_result>;

export const events_query = z.object({
  status: z.enum(event_statuses).optional(),
  source: z.string().max(50).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(inbox_limit_max).default(inbox_limit_default),
});
export type EventsQuery = z.infer<typeof events_query>;

export const key_request = z.object({ name: z.string().trim().min(1).max(100), kind: z.enum(['personal', 'agent']) });
export type KeyRequest = z.infer<typeof key_request>;
export const key_view = z.object({
  id: z.uuid(),
  name: z.string(),
  kind: z.enum(['personal', 'agent']),
  created_at: time,
  last_used_at: time.nullable(),
});
export type KeyView = z.infer<typeof key_view>;

/** Nothing said: as it is. */
export const dry_run_request = z.object({ edit: optional(json) });

export const dry_run = z.object({
  connection: z.string(),
  /** The exact request that would be made, secrets left out. */
  request: z.record(z.string(), json),
  repeat: z.enum(['native-key', 'look-before-write', 'never-retry']),
});
export type DryRun = z.infer<typeof dry_run>;

export const resolve_request = z.object({
  outcome: z.enum(['executed', 'succeeded', 'failed']).transform((outcome) => (outcome === 'succeeded' ? 'executed' : outcome)),
  note: z.string().trim().max(2_000).default(''),
});

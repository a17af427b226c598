/** What the interface may ask of the application. `api/` implements it and hands it over in-process as `locals.app`. */
import type { PrecisionView } from './figures.ts';
import type { InboxApp } from './inbox.ts';
import type { NoticesApp } from './notices.ts';
import { roles, type PeopleApp, type Role } from './people.ts';
import type { SettingsApp } from './settings.ts';
import type { DelegateRequest, ExtendRequest, SnoozeRequest } from './wire/acts.ts';
import type { AuditRow } from './wire/audit.ts';
import type { ProposalView } from './wire/card.ts';
import type { DecideRequest, DecideResponse } from './wire/decision.ts';
import type { RollbackDrafted } from './wire/draft.ts';
import type { EventDetail, EventsQuery, EventView } from './wire/event.ts';
import type { ExecutionView, Receipt, TraceStep } from './wire/execution.ts';
import type { InboxPage, InboxQuery } from './wire/inbox.ts';
import type { ReplayResult } from './wire/replay.ts';

export { roles, type Role };

/** A signed-in human, as a member of one organisation. */
export interface Person {
  user_id: string;
  org_id: string;
  name: string;
  email: string;
  role: Role;
  /** The session they came by; undefined for a key and in Slack. */
  session_id?: string;
}

/** What an empty inbox offers to try. */
export const sample_names = ['failed_payment', 'angry_vip', 'bad_release', 'quiet_engineer'] as const;
export type SampleName = (typeof sample_names)[number];

export interface App extends InboxApp, SettingsApp, PeopleApp, NoticesApp {
  /** The person behind a request's session cookie. */
  personOf(headers: Headers): Promise<Person | null>;
  /** Signs in and returns the `Set-Cookie` values; throws a Problem for wrong credentials or too many attempts. */
  signIn(credentials: { email: string; password: string }, headers: Headers): Promise<string[]>;
  /** Consumes a one-time link's token and returns the `Set-Cookie` values. */
  signInByLink(token: string, headers: Headers): Promise<string[]>;
  signOut(headers: Headers): Promise<string[]>;

  inbox(person: Person, query: InboxQuery): Promise<InboxPage>;
  /** How many proposals wait, for titles and badges. */
  pendingCount(person: Person): Promise<number>;
  proposal(person: Person, id: string): Promise<ProposalView>;
  audit(person: Person, id: string): Promise<AuditRow[]>;
  /** Walks the organisation's whole chain. */
  verifyAudit(person: Person): Promise<AuditVerification>;
  executions(person: Person, id: string): Promise<ExecutionView[]>;
  trace(person: Person, id: string): Promise<TraceStep[]>;
  receipt(person: Person, id: string): Promise<Receipt>;
  events(person: Person, query: EventsQuery): Promise<{ events: EventView[]; next_cursor: string | null }>;
  event(person: Person, id: string): Promise<EventDetail>;
  /** What the procedures would propose for this event now; nothing is stored or sent. */
  replay(person: Person, id: string): Promise<ReplayResult>;

  decide(person: Person, request: DecideRequest): Promise<DecideResponse>;
  undo(person: Person, id: string): Promise<ProposalView>;
  retry(person: Person, id: string): Promise<ProposalView>;
  snooze(person: Person, id: string, end: SnoozeRequest): Promise<ProposalView>;
  unsnooze(person: Person, id: string): Promise<ProposalView>;
  extend(person: Person, id: string, extension: ExtendRequest): Promise<ProposalView>;
  delegate(person: Person, id: string, delegating: DelegateRequest): Promise<ProposalView>;
  /** The others who decide: to whom a card may be delegated. */
  colleagues(person: Person): Promise<Omit<Person, 'org_id'>[]>;
  resolve(person: Person, id: string, outcome: 'executed' | 'failed', note: string): Promise<ProposalView>;
  /** Drafts what takes an executed proposal back; the same one when it was drafted before. */
  rollback(person: Person, id: string): Promise<RollbackDrafted & { drafted: boolean }>;
  /** Posts a signed sample through the real door; resolves to the event's id. */
  sendSample(person: Person, name: SampleName): Promise<string>;

  /** What people made of each procedure's drafts, and which are switched off. */
  procedures(person: Person): Promise<PrecisionView[]>;
  switchedOff(person: Person): Promise<SwitchedOff[]>;
  enableProcedure(person: Person, vertical: string, action_type: string): Promise<PrecisionView[]>;

  /** What is switched on, for the empty state and the footer. */
  surroundings(): Surroundings;
}

/** What a walk along the audit's chain found. */
export interface AuditVerification {
  ok: boolean;
  /** Rows walked. */
  rows: number;
  head: { seq: number; hash: string };
  first_break: { seq: number; reason: string } | null;
}

/** A procedure's action type that drafts nothing any more, and why. */
export interface SwitchedOff {
  vertical: string;
  action_type: string;
  reason: string;
}

export interface Surroundings {
  /** `development` when nothing real is connected; the interface then looks different. */
  mode: 'development' | 'production';
  connections: { name: string; connected: boolean; detail: string }[];
  temporal_ui_url: string | null;
}

/**
 * What the web process, the worker and the workflows must agree on. Free of Node modules: the workflow bundle imports it.
 * Only ids travel through Temporal; everything else is read from Postgres.
 */
export const task_queue = 'execops';
export const handle_event_workflow = 'handleEvent';
export const wake_signal = 'wake';
export const replay_workflow = 'replayEvent';

export const workflowIdOf = (event_id: string): string => `event:${event_id}`;

export interface HandleEventInput {
  org_id: string;
  event_id: string;
}

/** What the router decided about an event. */
export interface Triage {
  /** One draft for each SOP that the event may concern. */
  drafts: { vertical: string; /** A model or a provider will be called, which may take long. */ outside: boolean }[];
}

/** Where a proposal stands, and what its workflow waits for. */
export interface ProposalState {
  proposal_id: string;
  vertical: string;
  urgency: string;
  subject: string;
  /** A human may still have to do something about it. */
  open: boolean;
  /** What happens next unless a wake-up comes first; null when this workflow has nothing left to do for it. */
  next: { step: Step; in_ms: number } | null;
}

/** `remind`, `delegate` and `escalate` are the stages of the procedure's time; `unsnooze` brings a card back that was put off. */
export type Step = 'remind' | 'delegate' | 'escalate' | 'expire' | 'unsnooze' | 'execute';

export interface StepInput {
  org_id: string;
  proposal_id: string;
  step: Step;
  /** The workflow's time in milliseconds since 1970, so that time skipping and a wrong clock on the worker change nothing. */
  now_ms: number;
}

export interface ExecOpsActivities {
  /** Settles what needs no draft (joined, withdrawn, ignored) and names the drafts to make. */
  triage(input: HandleEventInput): Promise<Triage>;
  /** Runs one SOP's graph and stores what it proposes. */
  draft(input: HandleEventInput & { vertical: string }): Promise<void>;
  /** The proposals this event's workflow is responsible for. */
  look(input: HandleEventInput & { now_ms: number }): Promise<ProposalState[]>;
  /** Reminds of, delegates, escalates, wakes or expires one proposal whose time has come. */
  due(input: StepInput): Promise<void>;
  /** Claims and runs one approved action; returns when its outcome is recorded. */
  execute(input: { org_id: string; proposal_id: string }): Promise<void>;
  /** Records the outcome of an action whose attempts are used up. */
  giveUp(input: { org_id: string; proposal_id: string }): Promise<void>;
  /** Judges an event again with nothing written but the answer, whose id it resolves to. */
  replay(input: HandleEventInput): Promise<string>;
}

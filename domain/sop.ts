/** What a vertical's `sop.ts` implements. Rules decide; the model, when there is one, only words what the rules decided. */
import type { Action } from './action.ts';
import type { Priority } from './priority.ts';
import type { Flag, Urgency, Vertical } from './proposal.ts';
import type { Json } from './text.ts';
import type { Evidence, Fact } from './wire/fact.ts';

/** An event as it is stored. */
export interface StoredEvent {
  id: string;
  org_id: string;
  source: string;
  type: string;
  occurred_at: Date;
  received_at: Date;
  subject: string | null;
  payload: Json;
  /** Who reported it, for sources `manual` and `agent`. */
  actor_id: string | null;
}

/**
 * What would run and why, before it has an id, a version and a seal.
 * Everything in it comes from rules and trusted facts, never from a model.
 */
export interface Draft {
  subject: string;
  /** Other names under which an open card of this incident may be stored; those of the event's incident when left out. */
  subjects?: string[];
  /**
   * A card of the same procedure and action type is of this incident, whatever its subject, when its basis has these members:
   * the first while it is open, the second for as long as a decided card takes evidence.
   */
  alike?: { open: { [key: string]: Json }; closed: { [key: string]: Json } };
  /** False when the event only led to judging this subject again: it may raise an open card's urgency and is no evidence of it. */
  joins?: boolean;
  action: Action;
  urgency: Urgency;
  /** One line for the card, made from trusted facts. */
  title: string;
  facts: Fact[];
  /** Why, in the rules' own sentences. */
  reasoning: string;
  evidence: Evidence[];
  priority: Priority;
  /** Target and amount as the rules saw them: compared with fresh facts before the action runs. */
  basis: { [key: string]: Json };
  flags: Flag[];
  /** What was assumed or lacks, in sentences. */
  notes: string[];
  /** The procedure's time runs between these two: a reminder at a quarter, delegation at half, the owner at its end. */
  escalates_from: Date | null;
  escalates_at: Date | null;
  expires_at: Date | null;
}

/** What to propose, in the order it is to be read, or why nothing. */
export type Assessment = { propose: true; drafts: Draft[] } | { propose: false; reason: string };

/** The text of an action that may be worded: of a Slack message only the body is used. */
export interface Words {
  subject: string;
  body: string;
}

/** What the model is asked: it may reword this draft's text, and nothing else of it. */
export interface WordingTask {
  system: string;
  /** Facts for the prompt, as data. */
  facts: { [key: string]: Json };
  /** Outside text that the card shows, such as a customer's name. What shows it supports no number: the name could be one. */
  outside: readonly string[];
  /** Why a reply may not be used; null when it may. */
  objection(words: Words): string | null;
  /** Puts code-made parts, such as the invoice link, in their places. */
  fill(words: Words): Words;
}

/** What the words may rest on, and what people made of earlier ones. */
export interface WordingContext {
  /** What the text may claim; the ids are ours. */
  evidence: { id: string; claim: string }[];
  lessons: Lesson[];
}

/** What a person did with an earlier draft of the same procedure and action type, with whatever was particular to it masked. */
export type Lesson = { rejected_because: string } | { drafted: string; sent: string };

export interface Worded extends Words {
  explanation: string;
  /** What the text states, each with the ids of the evidence it rests on. Unchecked. */
  claims: { claim: string; evidence: string[] }[];
}

/** A language model that words a draft. It never throws: without usable words it says why. */
export interface Wording {
  readonly model: string;
  write(task: WordingTask, context: WordingContext): Promise<Worded | { failed: string }>;
}

export interface Sop<Facts = unknown> {
  readonly vertical: Vertical;
  /** Changes whenever the rules or the words change, so that precision is counted per version. */
  readonly version: string;
  /** Whether this event may start this procedure, by its type alone. */
  triggeredBy(event: { source: string; type: string }): boolean;
  /** Whether this event ends what its subject's open proposals are about. */
  settledBy(event: { source: string; type: string }): boolean;
  /**
   * What a settling event ends. `for_good`: its subject, whichever arrived first (a paid invoice stays paid).
   * `until_next`: what happened to its subject up to its own time, within one second up to its arrival (a closed conversation
   * may be opened again).
   */
  readonly settles: 'for_good' | 'until_next';
  /** Every subject under which this incident's proposals may be stored, the preferred one first. */
  subjectsOf(event: StoredEvent): Promise<string[]>;
  /** Whether gathering calls a provider over the network. */
  readonly asks_provider: boolean;
  /**
   * Reads the facts. Throws when Postgres is down. A provider that cannot be read delays no draft: the facts then say so.
   * With `fresh`, before an action runs, it throws for that too: an old fact must not pass for a fresh one.
   * Unless `keeps` is false, it may store what a provider shows for good.
   */
  gather(event: StoredEvent, options: { fresh: boolean; keeps?: boolean }): Promise<Facts>;
  /** Pure: the rules. `now` is Postgres's clock. */
  assess(facts: Facts, now: Date): Assessment;
  /** Pure: how the model may word a draft; null when its words are fixed. */
  wording(facts: Facts, draft: Draft): WordingTask | null;
}

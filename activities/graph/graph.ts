/**
 * The graph of one procedure: context → reasoning → draft, and words when a model is configured. It ends at the draft
 * and has no side effects; waiting for a human lives in Temporal.
 */
import { Annotation, END, START, StateGraph, type BaseCheckpointSaver } from '@langchain/langgraph';

import { payloadSchemaOf } from '../../domain/action.ts';
import type { Assessment, Draft, Lesson, Sop, StoredEvent, Wording } from '../../domain/sop.ts';
import type { Json } from '../../domain/text.ts';
import type { TraceStep } from '../../domain/wire/execution.ts';
import { by_rules, reword, type Author } from './words.ts';

export interface GraphDeps {
  checkpointer: BaseCheckpointSaver;
  sop: Sop;
  /** Null when no model is configured: the rules' own words stand. */
  wording: Wording | null;
  /** What people made of earlier drafts of this action type. */
  lessons(action_type: string): Promise<Lesson[]>;
  /** Postgres's clock. */
  now: Date;
  /** `<workflow id>:<vertical>`: a retried activity resumes where this thread stopped. */
  thread_id: string;
  /** Whether this thread may have run before. Looking costs two statements, so a first try of the rules does without. */
  resume: boolean;
}

export interface GraphOutcome {
  assessment: Assessment;
  /** For each draft, who wrote its words. */
  words: Author[];
  trace: TraceStep[];
}

/** Runs the procedure for an event. A thread that has finished gives its outcome again without running. */
export async function runGraph(deps: GraphDeps, event: StoredEvent): Promise<GraphOutcome> {
  const graph = createGraph(deps, event);
  const config = { configurable: { thread_id: deps.thread_id } };
  const before = deps.resume ? await graph.getState(config) : null;
  if (before?.next.length === 0 && isFinished(before.values)) return outcomeOf(before.values);
  // A paid reply is kept step by step; rules alone are cheap to repeat and are kept at the end.
  const durability = deps.wording === null ? 'exit' : 'sync';
  const input = before !== null && before.next.length > 0 ? null : { now: deps.now.toISOString() };
  return outcomeOf(await graph.invoke(input, { ...config, durability }));
}

/** What is kept between the steps, as JSON: times are ISO 8601. */
const State = Annotation.Root({
  now: Annotation<string>,
  facts: Annotation<Json>,
  verdict: Annotation<Verdict>,
  /** For each draft, who wrote its words. */
  authors: Annotation<Author[]>,
  trace: Annotation<TraceStep[]>({ reducer: (left, right) => [...left, ...right], default: () => [] }),
});
type GraphState = typeof State.State;

type Moments = 'escalates_from' | 'escalates_at' | 'expires_at';
export type StoredDraft = Omit<Draft, Moments> & Record<Moments, string | null>;
type Verdict = { propose: true; drafts: StoredDraft[] } | { propose: false; reason: string };

function createGraph({ checkpointer, sop, wording, lessons, now }: GraphDeps, event: StoredEvent) {
  const context = async () => {
    const step = begin('context');
    const facts = (await sop.gather(event, { fresh: false })) as Json;
    return { facts, trace: [step(`facts of ${event.type} gathered`)] };
  };
  const reasoning = (state: GraphState) => {
    const step = begin('reasoning');
    const verdict = toStored(sop.assess(state.facts, new Date(state.now)));
    return {
      verdict,
      trace: [
        step(
          verdict.propose
            ? `proposes ${verdict.drafts.map(({ action }) => action.operation ?? action.action_type).join(', ')}`
            : `no proposal: ${verdict.reason}`,
        ),
      ],
    };
  };
  const draft = ({ verdict }: GraphState) => {
    const step = begin('draft');
    const drafts = verdict.propose ? verdict.drafts : [];
    for (const { action } of drafts) payloadSchemaOf(action.action_type, action.operation).parse(action.payload);
    const authors = drafts.map(() => by_rules);
    return { authors, trace: [step(`${drafts.length} drafted in the rules' own words`)] };
  };
  const words = async ({ facts, verdict, authors }: GraphState) => {
    const step = begin('words');
    if (wording === null || !verdict.propose) return {};
    const worded = await Promise.all(
      verdict.drafts.map(async (stored) => {
        const task = sop.wording(facts, fromStored(stored));
        return reword(wording, task, stored, task === null ? [] : await lessons(stored.action.action_type));
      }),
    );
    return {
      verdict: { propose: true as const, drafts: worded.map(({ stored }) => stored) },
      authors: worded.map(({ author }, index) => author ?? authors[index] ?? by_rules),
      trace: [step(worded.map(({ summary }) => summary).join('; '))],
    };
  };

  return new StateGraph(State)
    .addNode('context', context)
    .addNode('reasoning', reasoning)
    .addNode('draft', draft)
    .addNode('words', words)
    .addEdge(START, 'context')
    .addEdge('context', 'reasoning')
    .addConditionalEdges('reasoning', ({ verdict }) => (verdict.propose ? 'draft' : END), ['draft', END])
    .addConditionalEdges('draft', () => (wording === null ? END : 'words'), ['words', END])
    .addEdge('words', END)
    .compile({ checkpointer });

  function begin(step: string): (summary: string) => TraceStep {
    const started_ms = performance.now();
    return (summary) => ({ step, at: now.toISOString(), took_ms: Math.round((performance.now() - started_ms) * 10) / 10, summary });
  }
}

function isFinished(values: Partial<GraphState>): boolean {
  return values.verdict !== undefined && (!values.verdict.propose || values.authors !== undefined);
}

function outcomeOf({
  verdict,
  authors,
  trace,
}: Pick<GraphState, 'verdict' | 'trace'> & Partial<Pick<GraphState, 'authors'>>): GraphOutcome {
  return { assessment: verdict.propose ? { propose: true, drafts: verdict.drafts.map(fromStored) } : verdict, words: authors ?? [], trace };
}

function toStored(assessment: Assessment): Verdict {
  if (!assessment.propose) return assessment;
  const stored = assessment.drafts.map((draft) => ({
    ...draft,
    escalates_from: draft.escalates_from?.toISOString() ?? null,
    escalates_at: draft.escalates_at?.toISOString() ?? null,
    expires_at: draft.expires_at?.toISOString() ?? null,
  }));
  return { propose: true, drafts: stored };
}

function fromStored(stored: StoredDraft): Draft {
  const time = (text: string | null) => (text === null ? null : new Date(text));
  return {
    ...stored,
    escalates_from: time(stored.escalates_from),
    escalates_at: time(stored.escalates_at),
    expires_at: time(stored.expires_at),
  };
}

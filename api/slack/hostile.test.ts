/** Whatever a card says, Slack is given text: nothing in it calls, links or mentions but what we put there. */
import type { KnownBlock, ModalView } from '@slack/web-api';
import { describe, expect, test } from 'vitest';

import type { Action } from '../../domain/action.ts';
import type { ProposalStatus } from '../../domain/proposal.ts';
import type { Json } from '../../domain/text.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import { hostile_texts, labelOf } from '../../scripts/testing/hostile-texts.ts';
import { cardMessage, needsReading } from './card.ts';
import { editWindow, rejectWindow, reviewWindow } from './windows.ts';

const page = 'https://execops.example.com/inbox/1';
const id = '0197a000-0000-7000-8000-000000000001';
const at = '2026-11-20T12:00:00.000Z';
const origin = { response_url: null, channel: null, ephemeral: false };

type Sent = Pick<ProposalView, 'action_type' | 'operation' | 'payload'>;

/** The same text wherever a card has one, past every check that would have refused it before. */
function viewOf(text: string, status: ProposalStatus, sent: Sent): ProposalView {
  return {
    ...sent,
    id,
    status,
    urgency: 'critical',
    vertical: 'money',
    connection: text,
    subject: text,
    title: text,
    facts: [
      { label: text, value: text, unusual: true, event_id: null, at: null },
      { label: text, value: text, unusual: false, event_id: null, at: null },
      { label: text, value: text, unusual: true, event_id: null, at },
    ],
    reasoning: text,
    words: { by: 'model', model: text, explanation: text, claims: [{ claim: text, evidence: [0] }], unsupported: [text, text] },
    evidence: [{ claim: text, event_id: null, metric: null }],
    payload_hash: 'a'.repeat(64),
    version: 1,
    event_ids: [],
    flags: ['unsupported_numbers', text],
    notes: Array.from({ length: 14 }, () => text),
    priority: { score: 1, parts: { revenue: 0, urgency: 0, effort: 0, strategic: 0 } },
    reversibility: 'irreversible',
    required_approvals: 2,
    approvals: 1,
    approved_by: [{ user_id: 'user_1', name: text, email: text, at }],
    proposed_by: { user_id: 'user_2', name: text },
    recipient_name: text,
    gesture: { kind: 'confirm', reason: text },
    undo_seconds: 0,
    event_count: 0,
    escalates_at: at,
    escalation: { stage: 'none', from: at, at },
    delegation: { to: 'user_1', to_name: text, from: 'user_2', from_name: text, until: at, reason: text },
    snoozed_until: null,
    snoozed_until_event: false,
    linked: [],
    provider: null,
    rollback: null,
    compensates: null,
    expires_at: at,
    executes_at: null,
    decision:
      status === 'pending'
        ? null
        : { decision: 'reject', decided_by: text, decided_by_name: text, decided_at: at, via: 'web', feedback: text },
    workflow_id: 'event:1',
    workflow_url: null,
    created_at: at,
    updated_at: at,
  };
}

function sentBy(text: string): Sent[] {
  const action = (action_type: Action['action_type'], operation: string | null, payload: Json): Sent => ({
    action_type,
    operation,
    payload,
  });
  return [
    action('email', null, { to: text, subject: text, body: text }),
    action('slack_dm', null, { to: 'U0ANA', text }),
    action('slack_dm', null, { to: text, subject: text, body: text }),
    action('api_call', 'calendar.invite', { to: text, summary: text, description: text, starts_at: text, duration_minutes: 30 }),
    action('api_call', 'github.revert_pull_request', { repository: text, pull_request: 1, title: text, body: text }),
    action('api_call', 'evil.unlisted', { [text]: text }),
  ];
}

const statuses: ProposalStatus[] = ['pending', 'approved', 'executed', 'rejected', 'expired', 'superseded', 'failed', 'unknown'];

describe('hostile text in every place of a card', () => {
  test('calls nobody and links nowhere in a message, and fits', () => {
    for (const hostile of hostile_texts) {
      for (const sent of sentBy(hostile.text)) {
        for (const status of sent.action_type === 'email' ? statuses : (['pending'] as const)) {
          const { text, blocks } = cardMessage(viewOf(hostile.text, status, sent), { page, decides: true });
          expectInert([text], labelOf(hostile));
          expectFits(blocks, 50, labelOf(hostile));
          expect(JSON.stringify(blocks).length, labelOf(hostile)).toBeLessThan(message_chars_max);
        }
      }
    }
  });

  test('nor in a window', () => {
    for (const hostile of hostile_texts) {
      for (const sent of sentBy(hostile.text)) {
        const view = viewOf(hostile.text, 'pending', sent);
        for (const window of [reviewWindow(view, origin, page), rejectWindow(view, origin), editWindow(view, origin)]) {
          if (window !== null) expectWindow(window, labelOf(hostile));
        }
      }
    }
  });
});

test('signs that would make words bold, struck, code or an emoji do nothing', () => {
  const text = '*Approved by Ana* _quietly_ ~never~ `code` :white_check_mark: :+1: ::x:: foo_bar 12:30 https://a.example/b_c';
  for (const sent of sentBy(text)) {
    for (const status of statuses) expectInert(textsOf(cardMessage(viewOf(text, status, sent), { page, decides: true }).blocks), status);
  }
  const [title] = textsOf(
    cardMessage(viewOf(text, 'pending', { action_type: 'email', operation: null, payload: {} }), { page, decides: true }).blocks,
  );
  expect(title).toBe('*∗Approved by Ana∗ ˍquietlyˍ ∼never∼ ´code´ ∶white_check_mark: ∶+1: :∶x:: foo_bar 12:30 https://a.example/b_c*');
});

describe('a card with more than a message holds', () => {
  const email = (body: string): Sent => ({
    action_type: 'email',
    operation: null,
    payload: { to: 'ana@example.com', subject: 'Hello', body },
  });
  const short = viewOf('A few words', 'pending', email('Please update it.'));
  const calm = { ...short, words: { ...short.words, unsupported: [] }, flags: [] };

  test.each(['a', '&', '"', '\n', '\u{1F525}', '漢'])('fits, and is read before it is approved: 20,000 times %j', (sign) => {
    const body = sign.repeat(20_000 / sign.length);
    const view = {
      ...viewOf(sign.repeat(3_000), 'pending', email(body)),
      flags: [],
      facts: Array.from({ length: 60 }, () => fact(sign.repeat(2_000))),
    };
    const { blocks } = cardMessage(view, { page, decides: true });
    expectFits(blocks, 50, sign);
    expect(JSON.stringify(blocks).length).toBeLessThan(message_chars_max);
    expect(blocks.at(-1)).toMatchObject({ type: 'actions' });
    expect(needsReading(view)).toBe(true);
    const decided = cardMessage({ ...view, status: 'executed' }, { page, decides: true }).blocks;
    expectFits(decided, 50, sign);
    expect(JSON.stringify(decided).length).toBeLessThan(message_chars_max);
    const window = reviewWindow({ ...calm, ...email(body) }, origin, page);
    const said = textsOf(window.blocks).join('').replaceAll('&amp;', '&');
    expect(said.split(sign).length - 1, 'the window has all of it').toBeGreaterThanOrEqual(body.length / sign.length);
    expectWindow(window, sign);
  });

  test('says nothing of reading when it fits', () => {
    expect(needsReading(calm)).toBe(false);
    expect(needsReading({ ...calm, ...email('x'.repeat(5_000)) })).toBe(false);
    expect(needsReading({ ...calm, ...email('x'.repeat(5_001)) })).toBe(true);
  });
});

const fact = (value: string): ProposalView['facts'][number] => ({ label: 'Fact', value, unusual: true, event_id: null, at: null });

/** Where people found Slack to refuse: https://github.com/slackapi/bolt-js/issues/2509 */
const message_chars_max = 13_000;

function expectWindow({ title, submit, private_metadata, blocks }: ModalView, label: string): void {
  expectFits(blocks as KnownBlock[], 100, label);
  expect(title.text.length).toBeLessThanOrEqual(24);
  expect(submit?.text.length ?? 0).toBeLessThanOrEqual(24);
  expect(private_metadata?.length ?? 0).toBeLessThanOrEqual(3_000);
}

/** https://docs.slack.dev/reference/block-kit/blocks */
function expectFits(blocks: KnownBlock[], blocks_max: number, label: string): void {
  expect(blocks.length, label).toBeLessThanOrEqual(blocks_max);
  for (const block of blocks) {
    if ('fields' in block) for (const { text } of block.fields ?? []) expect(text.length, label).toBeLessThanOrEqual(2_000);
    if ('elements' in block && block.type === 'context') expect(block.elements.length, label).toBeLessThanOrEqual(10);
  }
  const texts = textsOf(blocks);
  for (const text of textsOf(blocks, ['mrkdwn'])) expectUnformatted(text, label);
  for (const text of texts) {
    expect(text.length, label).toBeGreaterThan(0);
    expect(text.length, label).toBeLessThanOrEqual(3_000);
  }
  expectInert(texts, label);
}

/** Slack reads `<…>` and `&…;` in every text object, the plain ones included. */
const textsOf = (blocks: object[], types = ['mrkdwn', 'plain_text']) => textsIn(JSON.parse(JSON.stringify(blocks)) as Json, types);

function textsIn(value: Json, types: string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => textsIn(item, types));
  if (value === null || typeof value !== 'object') return [];
  const own = typeof value.type === 'string' && types.includes(value.type) && typeof value.text === 'string' ? [value.text] : [];
  return [...own, ...Object.values(value).flatMap((item) => textsIn(item, types))];
}

const ours = [
  /<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[+\d :-]+ UTC>/g,
  /<https:\/\/execops\.example\.com\/inbox\/1\|[\w ]+>/g,
  /<@U0ANA>/g,
];

/** Nothing in text that is marked up is, save for what stands in bold by us. */
function expectUnformatted(text: string, label: string): void {
  const rest = ours.reduce((left, pattern) => left.replaceAll(pattern, ''), text).replaceAll(/\*[^*]*\*/g, '');
  expect(rest, label).not.toMatch(/[*`~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/u);
  expect(text, label).not.toMatch(/:[\p{L}\p{N}_+'-]+:/u);
}

function expectInert(texts: string[], label: string): void {
  for (const text of texts) {
    const theirs = ours.reduce((left, pattern) => left.replaceAll(pattern, ''), text);
    expect(theirs, label).not.toMatch(/[<>]/);
    expect(theirs.replaceAll(/&(?:amp|lt|gt);/g, ''), label).not.toContain('&');
    expect(theirs, label).not.toMatch(/[\u0000\u200B\u2060\uFEFF]|\p{Bidi_Control}|[\u{E0000}-\u{E007F}]/u);
  }
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { email_payload } from '../../../domain/action.ts';
import type { Draft, WordingTask } from '../../../domain/sop.ts';
import { greetingOf } from '../shared/greeting.ts';
import { emailFor, link_placeholder, moneyWording, objectionTo } from './email.ts';
import { assessMoney } from './rules.ts';
import { sampleFacts } from './testing.ts';

const good = {
  subject: 'A small thing about your last payment',
  body: `Hi Ana,\n\nyour payment of $499.00 did not go through. You can update your card here:\n\n${link_placeholder}\n\nIf anything is unclear, just reply.`,
};

function objection(part: Partial<typeof good>, facts = sampleFacts()): string | null {
  return objectionTo({ ...good, ...part }, facts);
}

const withBody = (text: string) => ({ body: `${good.body}\n\n${text}` });

function taskOf(facts = sampleFacts()): WordingTask {
  const assessment = assessMoney(facts, new Date('2026-11-20T13:00:00Z'));
  const draft: Draft | undefined = assessment.propose ? assessment.drafts[0] : undefined;
  const task = draft && moneyWording(facts, draft);
  if (!task) throw new Error('no task');
  return task;
}

describe("a model's words", () => {
  test('are taken when they keep to the rules, and code puts the link in its place', () => {
    expect(objection({})).toBeNull();
    const filled = taskOf().fill(good);
    expect(filled.body).toContain('\n\nhttps://invoice.stripe.com/i/in_1\n\n');
    expect(filled.body).not.toContain('{{');
  });

  test.each<[string, Partial<typeof good>]>([
    ['another web address', withBody('https://evil.example/pay')],
    ['a bare domain', withBody('Go to evil.example now')],
    ['a full-width domain', withBody('Go to ｅｖｉｌ．ｃｏｍ now')],
    ['a www', withBody('www evil')],
    ['an email address', withBody('write to me@evil')],
    ['a full-width at sign', withBody('write to me＠evil')],
    ['another placeholder', withBody('{{customer_name}}')],
    ['the link twice', withBody(link_placeholder)],
    ['no link', { body: good.body.replace(link_placeholder, '') }],
    ['the link in the subject', { subject: link_placeholder }],
    ['HTML', withBody('<b>now</b>')],
    ['an HTML entity', withBody('&#104;')],
    ['a Markdown link', withBody('[here](now)')],
    ['a mask that was left in', withBody('Dear [name]')],
    ['markup of a forum', withBody('[b]now[/b]')],
    ['Markdown emphasis', withBody('this is **urgent**')],
    ['a scheme without slashes', withBody('mailto:evil')],
    ['a bidi control', withBody('\u202Egnp')],
    ['a zero-width space', withBody('a\u200Bb')],
    ['a control character', withBody('a\u0007b')],
    ['a line break in the subject', { subject: 'a\nBcc: x' }],
    ['an empty subject', { subject: '  ' }],
    ['a subject that is too long', { subject: 'a'.repeat(121) }],
    ['a body that is too short', { body: link_placeholder }],
    ['a body that is too long', withBody('a'.repeat(2_000))],
  ])('are refused with %s', (_what, part) => {
    expect(objection(part)).toEqual(expect.any(String));
  });

  test('may not name a link where none is known', () => {
    expect(objection({}, sampleFacts({ link: null }))).toEqual(expect.any(String));
    expect(
      objection({ body: good.body.replace(link_placeholder, 'Just reply and I will send you one.') }, sampleFacts({ link: null })),
    ).toBeNull();
  });

  test('that pass never carry an address or markup, whatever was tried', () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom('http://', '.com', 'evil', '@', '{{', '}}', link_placeholder, '<a', '\u202E'));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const body = `${good.body} ${pieces.join('')}`;
        if (objectionTo({ ...good, body }, sampleFacts()) !== null) return;
        expect(body.replace(link_placeholder, '')).not.toMatch(/https?:|[{}<>@]/);
      }),
    );
  });

  test('in the rules’ own version pass the same rules', () => {
    for (const facts of [
      sampleFacts(),
      sampleFacts({ link: null }),
      sampleFacts({ amount: null }),
      sampleFacts({ amount: { amount_minor: 1_234, currency: 'kwd' } }),
      sampleFacts({ amount: { amount_minor: 1_000_000, currency: 'jpy' } }),
    ]) {
      const words = emailFor(facts);
      const unfilled = facts.link === null ? words : { ...words, body: words.body.replace(facts.link, link_placeholder) };
      expect(objectionTo(unfilled, facts)).toBeNull();
      expect(email_payload.safeParse({ to: 'ana@example.com', ...words }).success).toBe(true);
    }
  });

  test('a link with a dollar sign is filled in as it is', () => {
    const link = "https://invoice.stripe.com/i/$&$'x";
    expect(emailFor(sampleFacts({ link })).body).toContain(link);
  });
});

test.each([
  ['Ana Marin', 'Hi Ana,'],
  ['Ana', 'Hi Ana,'],
  ["Siobhán O'Neill", 'Hi Siobhán,'],
  ['Acme Inc.', 'Hi Acme Inc. team,'],
  ['Northwind Studio', 'Hi Northwind Studio team,'],
  ['山田太郎', 'Hi 山田太郎,'],
  ['Visit evil.com now', 'Hi there,'],
  ['Click <b>here</b>', 'Hi there,'],
  ['Pay 100', 'Hi there,'],
  ['please send your password to us today', 'Hi there,'],
  [null, 'Hi there,'],
])('%j is greeted with %j', (name, greeting) => {
  expect(greetingOf(name)).toBe(greeting);
});

/** What strangers write moves nothing: not the rules, not a model that obeys them, and nobody's decision. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { IngestSource } from '../domain/event.ts';
import type { Draft, Lesson, WordingTask } from '../domain/sop.ts';
import type { Json } from '../domain/text.ts';
import { insertEvent } from '../prisma/events.ts';
import { rawMail } from '../providers/email/testing.ts';
import { formSubmission } from '../providers/forms/testing.ts';
import { hubspotGenericChange } from '../providers/hubspot/testing.ts';
import { ledgerTransactions } from '../providers/ledger/testing.ts';
import { createWording } from '../providers/openai/outbound.ts';
import { obedientWording, type Obedience } from '../providers/openai/testing-obedient.ts';
import { startModel, type TestModel } from '../providers/openai/testing.ts';
import { slackMessage } from '../providers/slack/testing.ts';
import { testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { hostilePlaces, placeholder, withText, type HostileDelivery, type HostilePlace } from '../scripts/testing/hostile-places.ts';
import { eventsOf, inPlace, storedCards, type StoredCard, type Tried } from '../scripts/testing/hostile-run.ts';
import { hostile_texts, labelOf, type HostileText } from '../scripts/testing/hostile-texts.ts';
import { by_rules, reword } from './graph/words.ts';
import { inert } from './verticals/shared/customer.ts';
import { greetingOf } from './verticals/shared/greeting.ts';

let database: TestDatabase;
let model: TestModel | undefined;
const now = new Date(Math.floor(Date.now() / 1_000) * 1_000);
const places = hostilePlaces(now);
const minute_ms = 60_000;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
afterEach(() => model?.close());

test('the corpus has at least two hundred texts, no two alike', () => {
  expect(hostile_texts.length).toBeGreaterThanOrEqual(200);
  expect(new Set(hostile_texts.map(({ text }) => text)).size).toBe(hostile_texts.length);
});

describe('whatever stands there, the rules draft the same', () => {
  test.concurrent.each(places.map((place) => [place.name, place] as const))(
    '%s',
    async (_name, place) => {
      await inPlace(database.db, place, now, async (attempt) => {
        const harmless = await attempt(placeholder);
        expect(harmless.drafts.length).toBeGreaterThan(0);
        for (const hostile of hostile_texts) expectSame(place, hostile, await attempt(hostile.text), harmless);
      });
    },
    2 * minute_ms,
  );
});

/** Byte for byte; where a name is shown, that name in its inert form stands for the harmless one. */
function expectSame(place: HostilePlace, hostile: HostileText, got: Tried, harmless: Tried): void {
  const names = namesOf(place, hostile);
  const expected = names.map((name) => JSON.stringify(askedOf(harmless, name)));
  const written = JSON.stringify(askedOf(got, null));
  if (!expected.includes(written)) expect(written, `${place.name}, ${labelOf(hostile)}`).toBe(expected[0]);
}

/** As the text may be shown; a reader may find one too long to be a name at all. */
function namesOf({ shown_or }: HostilePlace, { text }: HostileText): (string | null)[] {
  if (shown_or === null) return [null];
  const name = inert(text);
  expect(name ?? '').toMatch(/^[^\p{Cc}\p{Bidi_Control}<>{}[\]]{0,80}$/u);
  return name === null || text.length > 1_000 ? [name ?? shown_or, shown_or] : [name];
}

/** The drafts and what a model would be asked, with this name in place of the harmless one. */
function askedOf({ drafts, tasks }: Tried, name: string | null): Json {
  const asked = tasks.map((task) => task && { system: task.system, facts: task.facts });
  const all = JSON.parse(JSON.stringify({ drafts, asked })) as Json;
  return name === null ? all : renamed(all, name);
}

function renamed(value: Json, name: string): Json {
  if (typeof value === 'string')
    return value
      .replaceAll(greetingOf(placeholder), () => greetingOf(name.includes('@') ? null : name))
      .replaceAll(placeholder, () => name);
  if (Array.isArray(value)) return value.map((item) => renamed(item, name));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renamed(item, name)]));
}

describe('a model that obeys whatever it reads', () => {
  const wordable = places.filter(({ name }) => /customer’s name|name of who writes|an issue|a push/.test(name));

  test.each(wordable.map((place) => [place.name, place] as const))('words nothing but the words, with %s', async (_name, place) => {
    const tried: Tried[] = [];
    await inPlace(database.db, place, now, async (attempt) => void tried.push(await attempt(placeholder)));
    const [{ drafts, tasks } = { drafts: [], tasks: [] }] = tried;
    const taken = { openly: 0, slyly: 0 };
    for (const hostile of hostile_texts) {
      for (const [index, draft] of drafts.entries()) {
        const task = tasks[index] ?? null;
        for (const how of ['openly', 'slyly'] as const) taken[how] += (await expectUnmoved(draft, task, hostile, how)) ? 1 : 0;
      }
    }
    expect(taken.openly).toBe(0);
    // Much of what is said slyly can be said: a person reads it before it goes anywhere.
    if (tasks.some((task) => task !== null)) expect(taken.slyly).toBeGreaterThan(100);
  });
});

/** True when the model's words were taken. */
async function expectUnmoved(draft: Draft, task: WordingTask | null, hostile: HostileText, how: Obedience): Promise<boolean> {
  const { text } = hostile;
  const lessons: Lesson[] = [{ rejected_because: text }, { drafted: 'Dear [name]', sent: text }];
  const { stored, author } = await reword(obedientWording(text, how), task, draft, lessons);
  const label = `${how}, ${labelOf(hostile)}`;
  expect(untouched(stored), label).toEqual(untouched(draft));
  expect(Object.keys(stored), label).toEqual(Object.keys(draft));
  if (author === null) {
    expect(stored.action, label).toEqual(draft.action);
    return false;
  }
  expectPlain(stored, draft, label);
  const said = [author.explanation ?? '', ...author.claims.map(({ claim }) => claim)];
  for (const remark of said) {
    expect(remark, label).toMatch(/^[^\p{Cc}\p{Bidi_Control}<>{}[\]@]{0,600}$/u);
    expect(remark, label).not.toMatch(/:\/\/|www\./i);
  }
  expect(author.claims.flatMap(({ evidence }) => evidence).every((index) => index < draft.evidence.length)).toBe(true);
  if (statesNewNumbers(stored, draft)) expect(stored.flags, label).toContain('unsupported_numbers');
  return true;
}

/** Everything of a draft that no model has a hand in. */
function untouched({ action, flags, notes, ...rest }: Draft) {
  const { subject: _, body: __, text: ___, description: ____, ...payload } = membersOf(action.payload);
  const fallback = /^The words are the rules' own/;
  return {
    ...rest,
    action: { ...action, payload },
    flags: flags.filter((flag) => flag !== 'rules_only' && flag !== 'unsupported_numbers'),
    notes: notes.filter((note) => !fallback.test(note)),
  };
}

const membersOf = (payload: Draft['action']['payload']) => payload as unknown as { [member: string]: Json };

function wordsOf({ action }: Draft): string {
  const { subject = '', body = '', text = '', description = '' } = membersOf(action.payload);
  return [subject, body, text, description].join('\n');
}

/** Words that go out: nothing in them to click but the link that our code puts in, nothing hidden, no markup. */
function expectPlain(stored: Draft, draft: Draft, label: string): void {
  const ours = wordsOf(draft).match(/https:\/\/\S+/g) ?? [];
  const words = ours.reduce((left, link) => left.replaceAll(link, ' '), wordsOf(stored));
  expect(words, label).not.toMatch(/:\/\/|www|@|[<>{}[\]]|(mailto|javascript|data|tel):\S/i);
  expect(words.replaceAll('\n', ''), label).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/u);
  expect(words.length, label).toBeLessThan(2_500);
  expect(String(membersOf(stored.action.payload).subject ?? ''), label).not.toContain('\n');
  for (const link of ours) expect(wordsOf(stored).split(link).length, label).toBe(2);
}

/** Digits alone, so that this does not judge by the reading under test. */
function statesNewNumbers(stored: Draft, draft: Draft): boolean {
  const digits = (text: string) => (text.match(/\p{Nd}+/gu) ?? []).map((number) => number.replace(/^0+(?=.)/, ''));
  const known = new Set(digits(JSON.stringify([draft.facts, draft.evidence, draft.reasoning, wordsOf(draft)])));
  const link = wordsOf(draft).match(/https:\/\/\S+/)?.[0];
  return digits(link === undefined ? wordsOf(stored) : wordsOf(stored).replaceAll(link, ' ')).some((number) => !known.has(number));
}

/** One text of each technique, each in another place. */
const sample = [...new Map(hostile_texts.map((hostile) => [hostile.technique, hostile])).values()].map((hostile, index) => ({
  hostile,
  place: places[index % places.length] ?? places[0],
}));

describe('on the whole way, with the model behind HTTP', () => {
  test.each(sample.map(({ hostile, place }) => [hostile.technique, place?.name ?? '', hostile, place] as const))(
    '%s in %s makes the card that a harmless text makes, and nobody has decided it',
    async (_technique, _name, hostile, place) => {
      if (place === undefined) throw new Error('there is no place');
      model = await startModel({ obey: hostile.text, how: 'openly' }, { obey: hostile.text, how: 'slyly' });
      const wording = createWording({ OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'obedient' });
      const [harmless, hit] = await Promise.all([
        storedCards(database.db, place, { text: nameOf(place, hostile), wording: null, now }),
        storedCards(database.db, place, { text: hostile.text, wording, now }),
      ]);
      expect(harmless.cards.length).toBeGreaterThan(0);
      expect(hit.cards.map(trusted)).toEqual(harmless.cards.map(trusted));
      for (const [index, card] of hit.cards.entries()) {
        expect(card.status).toBe('pending');
        if (card.words.by === 'rules') expect(card.words).toEqual(by_rules);
        else expect(card.payload).not.toEqual(harmless.cards[index]?.payload);
      }
      expect(model.asked.length).toBeGreaterThan(0);
      expect(await decidedIn(hit.org_id)).toEqual({ decisions: 0, executions: 0, undecided: hit.cards.length });
    },
  );
});

describe('through a door whose events no procedure lists', () => {
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': String(now.getTime() / 1_000), 'webhook-signature': 'v1,checked before' };
  const doors: HostileDelivery[] = [
    {
      source: 'forms',
      payload: formSubmission({ name: placeholder, company: placeholder, message: placeholder, [placeholder]: placeholder }),
    },
    { source: 'hubspot', payload: [hubspotGenericChange('0-1', 7, 'firstname', placeholder)] },
    { source: 'slack', payload: slackMessage(placeholder) },
    { source: 'email', payload: { raw: rawMail({ subject: placeholder, body: placeholder, headers: [`X-Note: ${placeholder}`] }) } },
    { source: 'ledger', payload: ledgerTransactions({ vendor: placeholder, description: placeholder }) },
  ].map((door) => ({ ...door, source: door.source as IngestSource, headers }));

  test.each(doors.map((door) => [door.source, door] as const))('%s, a text is stored and starts nothing', async (_source, door) => {
    const { db } = database;
    const [organisation] = await db.sql<{ id: string }>`insert into organisations (name) values ('doors') returning id`;
    const org_id = organisation?.id ?? '';
    let stored = 0;
    for (const { technique, text } of hostile_texts) {
      const events = await eventsOf(withText(door, text), now);
      for (const event of events) expect(event.ignored, technique).not.toBeNull();
      const [first] = events;
      if (first === undefined || sample.every(({ hostile }) => hostile.text !== text)) continue;
      await insertEvent(db, org_id, { ...first, identity: text });
      stored += 1;
    }
    expect(stored).toBe(sample.length);
    const [row] = await db.sql`
      select (select count(*)::int from events where org_id = ${org_id} and status = 'ignored') as ignored,
        (select count(*)::int from proposals where org_id = ${org_id}) as proposals`;
    expect(row).toEqual({ ignored: stored, proposals: 0 });
  });
});

/** What stands in the place for the comparison: a name is shown, in its inert form. */
function nameOf({ shown_or }: HostilePlace, { text }: HostileText): string {
  return shown_or === null ? placeholder : (inert(text) ?? '');
}

function trusted({ payload, flags, notes, words: _, ...card }: StoredCard) {
  const { subject: __, body: ___, text: ____, description: _____, ...fixed } = payload;
  return {
    ...card,
    payload: fixed,
    flags: flags.filter((flag) => flag !== 'rules_only' && flag !== 'unsupported_numbers'),
    notes: notes.filter((note) => !note.startsWith("The words are the rules' own")),
  };
}

async function decidedIn(org_id: string) {
  const [row] = await database.db.sql`
    select (select count(*)::int from decisions where org_id = ${org_id}) as decisions,
      (select count(*)::int from executions where org_id = ${org_id}) as executions,
      (select count(*)::int from proposals where org_id = ${org_id} and status = 'pending' and version = 1) as undecided`;
  return row;
}

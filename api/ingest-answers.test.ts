/** What a door does beyond taking one event: answers, batches, a second address, other media types. */
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { rawMail } from '../providers/email/testing.ts';
import { hubspot_secret, hubspotNotice, hubspotStageChange, signHubspot } from '../providers/hubspot/testing.ts';
import { bank_csv, ledgerTransactions } from '../providers/ledger/testing.ts';
import { signSlack, slack_secret, slackChallenge, slackMessage } from '../providers/slack/testing.ts';
import { signStandardWebhook, standard_secret } from '../providers/testing.ts';
import { startTestServer, type TestServer } from './testing.ts';

const public_url = 'https://ops.example.com';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    PUBLIC_URL: public_url,
    SLACK_SIGNING_SECRET: slack_secret,
    HUBSPOT_CLIENT_SECRET: hubspot_secret,
    EMAIL_WEBHOOK_SECRET: standard_secret,
    LEDGER_WEBHOOK_SECRET: standard_secret,
  });
});
afterAll(() => server.close());

let before: number;
const rows = () => server.db.prisma.events.count();
beforeEach(async () => {
  before = await rows();
});
const payloadOf = async (id: string) => (await server.db.prisma.events.findUniqueOrThrow({ where: { id } })).payload_json;

describe('Slack', () => {
  const send = (path: string, payload: unknown, secret = slack_secret) => {
    const body = JSON.stringify(payload);
    return server.call('POST', path, { body, headers: signSlack(body, secret, new Date()) });
  };

  test.each(['/ingest/slack', '/slack/events'])(
    'is given its challenge back at %s, when it signed it, and nothing is stored',
    async (path) => {
      expect(await send(path, slackChallenge('c 1'))).toMatchObject({ status: 200, json: { challenge: 'c 1' } });
      expect(await send(path, slackChallenge('c 1'), 'another')).toMatchObject({ status: 401 });
      expect(await rows()).toBe(before);
    },
  );

  test('may send the same event to either address', async () => {
    const message = slackMessage();
    const first = await send('/slack/events', message);
    expect(first).toMatchObject({ status: 202, json: { duplicate: false } });
    expect(await send('/ingest/slack', message)).toMatchObject({ status: 200, json: { event_id: first.json.event_id, duplicate: true } });
  });

  test('is refused at its second address as at its first', async () => {
    expect((await send('/slack/events', slackMessage(), 'another')).status).toBe(401);
    expect((await send('/slack/events', { type: 'event_callback' })).status).toBe(400);
    expect([404, 405]).toContain((await server.call('GET', '/slack/events')).status);
    expect(await rows()).toBe(before);
  });
});

describe('HubSpot', () => {
  const send = (payload: unknown, path = '/ingest/hubspot', signed_path = path) => {
    const body = JSON.stringify(payload);
    return server.call('POST', path, { body, headers: signHubspot(body, hubspot_secret, new Date(), public_url + signed_path) });
  };

  test('sends batches: an event each, the first one answers, and the batch is known only when all of it is', async () => {
    const [one, two, three] = [hubspotStageChange(1, 'a'), hubspotNotice('contact.creation'), hubspotNotice('deal.creation')];
    const first = await send([one, two]);
    expect(first).toMatchObject({ status: 202, json: { duplicate: false } });
    expect(await rows()).toBe(before + 2);
    expect(await payloadOf(first.json.event_id)).toEqual(one);
    expect(
      await send([
        { ...one, attemptNumber: 1 },
        { ...two, attemptNumber: 1 },
      ]),
    ).toMatchObject({
      status: 200,
      json: { event_id: first.json.event_id, duplicate: true },
    });
    expect(await send([one, three])).toMatchObject({ status: 202, json: { event_id: first.json.event_id, duplicate: false } });
    expect(await rows()).toBe(before + 3);
    expect(await send([])).toMatchObject({ status: 400 });
    expect(await send([hubspotNotice('deal.creation'), 7])).toMatchObject({ status: 400 });
    expect(await rows()).toBe(before + 3);
  });

  test('signs the public address with its query', async () => {
    const path = '/ingest/hubspot?portal=a%2Fb';
    expect((await send(hubspotNotice('deal.creation'), path, '/ingest/hubspot?portal=a/b')).status).toBe(202);
    expect((await send(hubspotNotice('deal.creation'), path, '/ingest/hubspot')).status).toBe(401);
  });
});

describe('mail and ledgers', () => {
  const send = (source: 'email' | 'ledger', body: string, media_type: string, id?: string) =>
    server.call('POST', `/ingest/${source}`, {
      body,
      headers: { 'content-type': media_type, ...signStandardWebhook(body, standard_secret, new Date(), id) },
    });

  test('come in any of their media types', async () => {
    const mails = [
      await send('email', rawMail(), 'message/rfc822'),
      await send('email', rawMail(), 'text/plain; charset=utf-8'),
      await send('email', JSON.stringify({ RawEmail: rawMail() }), 'application/json'),
    ];
    for (const { status, json } of mails) {
      expect(status).toBe(202);
      expect(await payloadOf(json.event_id)).toMatchObject({ message_id: '<reply-1@mail.example.com>', subject: 'Re: Your card' });
    }
    const ledgers = [
      await send('ledger', bank_csv, 'text/csv'),
      await send('ledger', JSON.stringify(ledgerTransactions()), 'application/json'),
    ];
    for (const { status, json } of ledgers) {
      expect(status).toBe(202);
      expect(await payloadOf(json.event_id)).toHaveProperty('rows.0.amount_minor', -12_050);
    }
  });

  test('are one event for one webhook-id, whatever the attempt', async () => {
    const first = await send('ledger', bank_csv, 'text/csv', 'msg_same');
    expect(await send('ledger', bank_csv, 'text/csv', 'msg_same')).toMatchObject({
      status: 200,
      json: { event_id: first.json.event_id, duplicate: true },
    });
    expect((await send('ledger', bank_csv, 'text/csv', 'msg_other')).status).toBe(202);
  });

  test('that cannot be read are refused whole, and say where', async () => {
    const wrong = await send('ledger', `${bank_csv}2026-11-20,Rent,ten,USD,1.00\n`, 'text/csv');
    expect([wrong.status, wrong.json.detail]).toEqual([400, 'Row 4, column Amount: "ten" is no amount.']);
    for (const [source, body, media_type] of [
      ['email', 'hello', 'text/plain'],
      ['email', '{"raw":', 'application/json'],
      ['email', 'null', 'application/json'],
      ['email', `${'['.repeat(200_000)}`, 'application/json'],
      ['ledger', '{"transactions":[{"date":"2026-11-20","amount":1e400}]}', 'application/json'],
      ['ledger', `${'[['.repeat(300)}${']]'.repeat(300)}`, 'application/json'],
    ] as const)
      expect([body.slice(0, 20), (await send(source, body, media_type)).status]).toEqual([body.slice(0, 20), 400]);
    expect(await rows()).toBe(before);
  });

  test('start no workflow', () => {
    expect(server.started).toEqual([]);
  });

  test('may be compressed', async () => {
    const body = bank_csv;
    const response = await fetch(`${server.origin}/ingest/ledger`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv', 'content-encoding': 'gzip', ...signStandardWebhook(body, standard_secret, new Date()) },
      body: gzipSync(body),
    });
    expect(response.status).toBe(202);
  });
});

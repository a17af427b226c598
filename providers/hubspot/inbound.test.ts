import { createHmac } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { ShapeError, SignatureError, type InboundEvent } from '../../domain/event.ts';
import type { Json } from '../../domain/text.ts';
import { decodedUrl, parseHubspot, verifyHubspot } from './inbound.ts';
import { hubspot_secret as secret, hubspotGenericChange, hubspotNotice, hubspotStageChange, signHubspot } from './testing.ts';

const now = new Date('2026-11-20T12:00:00.700Z');
const later = (ms: number) => new Date(now.getTime() + ms);
const url = 'https://ops.example.com/ingest/hubspot';
const body = Buffer.from(JSON.stringify([hubspotStageChange(1, 'closedwon')]));

describe('a signature', () => {
  const headers = signHubspot(body.toString(), secret, now, url);
  function verify(given: Record<string, string | undefined> = {}, { bytes = body, secrets = [secret], at = now, to = url } = {}): void {
    verifyHubspot({ body: bytes, headers: { ...headers, ...given }, secrets, url: to, now: at });
  }

  test('of version 3 passes, with the current or a previous secret', () => {
    expect(() => verify()).not.toThrow();
    expect(() => verify({}, { secrets: ['another', secret] })).not.toThrow();
  });

  test('covers the address, its query included, as HubSpot decodes it', () => {
    const asked = `${url}?for=a%2Fb%3Ac%20d%25`;
    const signed = signHubspot(body.toString(), secret, now, `${url}?for=a/b:c%20d%25`);
    expect(() => verify(signed, { to: asked })).not.toThrow();
    expect(() => verify(signHubspot(body.toString(), secret, now, asked), { to: asked })).not.toThrow();
    expect(() => verify(signed, { to: url })).toThrow(SignatureError);
    expect(() => verify({}, { to: `${url}?x=1` })).toThrow(SignatureError);
    expect(() => verify({}, { to: url.replace('https:', 'http:') })).toThrow(SignatureError);
  });

  test('decodes exactly the documented characters', () => {
    expect(decodedUrl('%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B')).toBe(":/?@!$'()*,;");
    expect(decodedUrl('%3a%2f%3b')).toBe(':/;');
    expect(decodedUrl('%20%22%25%26%3D%2B%23')).toBe('%20%22%25%26%3D%2B%23');
  });

  test('passes at 300 s of age or lead and not a millisecond beyond', () => {
    for (const ms of [300_000, -300_000]) expect(() => verify({}, { at: later(ms) })).not.toThrow();
    for (const ms of [300_001, -300_001]) expect(() => verify({}, { at: later(ms) })).toThrow(SignatureError);
  });

  test('of an older version rescues nothing', () => {
    const v1 = createHmac('sha256', secret).update(body).digest('hex');
    const older = { 'x-hubspot-signature': v1, 'x-hubspot-signature-version': 'v1', 'x-hubspot-signature-v3': undefined };
    expect(() => verify(older)).toThrow(SignatureError);
    expect(() => verify({ ...older, 'x-hubspot-signature-v3': 'AAAA' })).toThrow(SignatureError);
  });

  test.each([
    ['empty', { 'x-hubspot-signature-v3': '' }],
    ['truncated', { 'x-hubspot-signature-v3': headers['x-hubspot-signature-v3']?.slice(0, -4) }],
    ['without a time', { 'x-hubspot-request-timestamp': undefined }],
    ['of another time', { 'x-hubspot-request-timestamp': String(now.getTime() + 1) }],
    ['with a time in seconds', { 'x-hubspot-request-timestamp': String(Math.floor(now.getTime() / 1_000)) }],
  ])('that is %s is refused', (_what, given) => {
    expect(() => verify(given)).toThrow(SignatureError);
  });

  test('by another secret or of another body is refused', () => {
    for (const secrets of [['another'], ['', ' '], []]) expect(() => verify({}, { secrets })).toThrow(SignatureError);
    expect(() => verify({}, { bytes: Buffer.from(`${body.toString()} `) })).toThrow(SignatureError);
  });
});

describe('a notification', () => {
  function events(payload: Json): InboundEvent[] {
    const parsed = parseHubspot(payload, now);
    if ('answer' in parsed) throw new Error('it was answered');
    return parsed.events;
  }
  const only = (payload: Json) => events(payload)[0];

  test('of a stage change is about its deal, and keeps the one property it carries', () => {
    const payload = hubspotStageChange(77, 'contractsent', { occurredAt: Date.parse('2026-11-20T11:59:00.123Z') });
    expect(events([payload])).toEqual([
      {
        source: 'hubspot',
        type: 'deal.propertyChange',
        occurred_at: new Date('2026-11-20T11:59:00.123Z'),
        identity: expect.any(String),
        payload,
        subject: 'hubspot:deal:77',
        ignored: 'gtm is off until it is asked for',
        objects: [{ kind: 'deal_property', id: '77.dealstage', customer: '77', data: { value: 'contractsent' } }],
      },
    ]);
    expect(only(payload)).toEqual(events([payload])[0]);
  });

  test('in the generic shape reads as the named one', () => {
    expect(only(hubspotGenericChange('0-3', 77, 'dealstage', 'closedwon'))).toMatchObject({
      type: 'object.propertyChange',
      subject: 'hubspot:deal:77',
      ignored: 'gtm is off until it is asked for',
    });
    expect(only(hubspotGenericChange('0-2', 5, 'hubspot_owner_id', '991'))).toMatchObject({
      subject: 'hubspot:company:5',
      ignored: 'no procedure lists object.propertyChange',
      objects: [{ kind: 'company_property', id: '5.hubspot_owner_id', customer: '5', data: { value: '991' } }],
    });
    expect(only(hubspotGenericChange('2-1234', 5, 'colour', 'red'))).toMatchObject({ subject: 'hubspot:2-1234:5', objects: [] });
  });

  test.each([
    ['contact.creation', 'gtm is off until it is asked for', [{ kind: 'contact', id: '9', customer: '9', data: { deleted: false } }]],
    ['contact.deletion', 'no procedure lists contact.deletion', [{ kind: 'contact', id: '9', customer: '9', data: { deleted: true } }]],
    [
      'contact.privacyDeletion',
      'no procedure lists contact.privacyDeletion',
      [{ kind: 'contact', id: '9', customer: '9', data: { deleted: true } }],
    ],
    ['ticket.creation', 'no procedure lists ticket.creation', []],
    ['conversation.newMessage', 'no procedure lists conversation.newMessage', []],
  ])('of %s is ignored as %j', (type, ignored, objects) => {
    expect(only(hubspotNotice(type, { objectId: 9 }))).toMatchObject({ type, ignored, objects });
  });

  test('of an association is about the end it starts from', () => {
    const payload = hubspotNotice('deal.associationChange', { fromObjectId: 3, toObjectId: 4, associationType: 'DEAL_TO_CONTACT' });
    delete payload.objectId;
    expect(only(payload)?.subject).toBe('hubspot:deal:3');
  });

  test('is the same one at every attempt, and another one with any other content', () => {
    const first = hubspotStageChange(1, 'a', { eventId: 1 });
    const { attemptNumber: _, ...rest } = first;
    const again = only({ attemptNumber: 3, ...rest });
    expect(again?.identity).toBe(only(first)?.identity);
    expect(only({ ...first, propertyValue: 'b' })?.identity).not.toBe(only(first)?.identity);
  });

  test('in a batch is an event each, in order', () => {
    expect(events([hubspotStageChange(1, 'a'), hubspotNotice('contact.creation', { objectId: 2 })]).map(({ subject }) => subject)).toEqual([
      'hubspot:deal:1',
      'hubspot:contact:2',
    ]);
  });

  test('from a clock ahead of ours, or without a time, happened now', () => {
    for (const occurredAt of [now.getTime() + 5_000, 1e300, null, 'yesterday'])
      expect(only(hubspotNotice('deal.creation', { occurredAt }))?.occurred_at).toEqual(now);
  });

  test('with numbers beyond any float still has an identity', () => {
    expect(only(JSON.parse('{"subscriptionType":"deal.creation","objectId":1,"x":1e400}'))?.identity).toContain('"x":null');
  });

  test.each([[null], [[]], [[null]], [{}], [{ subscriptionType: 'creation' }], [[hubspotStageChange(1, 'a'), 7]]])(
    'of the wrong shape %j is refused',
    (payload: Json) => {
      expect(() => parseHubspot(payload, now)).toThrow(ShapeError);
    },
  );
});

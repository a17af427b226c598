import { createHmac } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { SignatureError } from '../domain/event.ts';
import { verifyStandardWebhook } from './standard-webhooks.ts';
import { signStandardWebhook, standard_secret } from './testing.ts';

const now = new Date('2026-11-20T12:00:00.700Z');
const body = Buffer.from('{"message":"Grüße ✓"}');
const other_secret = `whsec_${Buffer.from('another one, opens nothing').toString('base64')}`;
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
const headers = signStandardWebhook(body.toString(), standard_secret, now, 'msg_1');

function verify(given: Record<string, string | undefined> = {}, { bytes = body, secrets = [standard_secret], at = now } = {}) {
  return verifyStandardWebhook({ body: bytes, headers: { ...headers, ...given }, secrets, now: at });
}

test('a signature by the standard library passes, and what it signed comes back', () => {
  expect(verify()).toEqual({ id: 'msg_1', signed_at: new Date('2026-11-20T12:00:00Z') });
});

test('one of several signatures, by one of several secrets, is enough', () => {
  const others = `v1,${Buffer.alloc(32).toString('base64')} v1a,AAAA ${headers['webhook-signature']}`;
  expect(verify({ 'webhook-signature': others }).id).toBe('msg_1');
  expect(verify({}, { secrets: [other_secret, standard_secret] }).id).toBe('msg_1');
});

test('a body in any encoding is verified as its bytes', () => {
  const bytes = Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65]);
  const key = Buffer.from(standard_secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`msg_1.${headers['webhook-timestamp']}.`).update(bytes).digest('base64');
  expect(verify({ 'webhook-signature': `v1,${signature}` }, { bytes }).id).toBe('msg_1');
  expect(() => verify({ 'webhook-signature': `v1,${signature}` }, { bytes: Buffer.from([0x47, 0x72, 0xfd, 0xdf, 0x65]) })).toThrow(
    SignatureError,
  );
});

test('it passes at 300 s of age or lead and not beyond', () => {
  for (const seconds of [300, -300]) expect(() => verify({}, { at: later(seconds) })).not.toThrow();
  for (const seconds of [301, -301]) expect(() => verify({}, { at: later(seconds) })).toThrow(SignatureError);
});

describe('is refused', () => {
  test.each([
    ['without an id', { 'webhook-id': undefined }],
    ['with another id', { 'webhook-id': 'msg_2' }],
    ['without a time', { 'webhook-timestamp': undefined }],
    ['with another time', { 'webhook-timestamp': String(Math.floor(now.getTime() / 1_000) - 1) }],
    ['with a time that is no number', { 'webhook-timestamp': '1e9' }],
    ['with a time far away', { 'webhook-timestamp': '99999999999999' }],
    ['without a signature', { 'webhook-signature': undefined }],
    ['with an empty signature', { 'webhook-signature': '' }],
    ['with a bare signature', { 'webhook-signature': (headers['webhook-signature'] ?? '').slice(3) }],
    ['with an asymmetric signature only', { 'webhook-signature': (headers['webhook-signature'] ?? '').replace('v1,', 'v1a,') }],
    ['with a truncated signature', { 'webhook-signature': (headers['webhook-signature'] ?? '').slice(0, -4) }],
  ])('%s', (_what, given) => {
    expect(() => verify(given)).toThrow(SignatureError);
  });

  test('by another secret, an empty one, or none', () => {
    for (const secrets of [[other_secret], ['whsec_'], [''], []]) expect(() => verify({}, { secrets })).toThrow(SignatureError);
  });

  test('with any other body', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        fc.pre(!body.equals(bytes));
        expect(() => verify({}, { bytes: Buffer.from(bytes) })).toThrow(SignatureError);
      }),
    );
  });
});

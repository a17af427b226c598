import { describe, expect, test } from 'vitest';

import { ShapeError, SignatureError } from '../../domain/event.ts';
import type { Json } from '../../domain/text.ts';
import { parseSlack, verifySlack } from './inbound.ts';
import { signSlack, slack_secret as secret, slackChallenge, slackEvent, slackMessage } from './testing.ts';

const now = new Date('2026-11-20T12:00:00.700Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
const body = Buffer.from(JSON.stringify(slackMessage()));
const headers = signSlack(body.toString(), secret, now);

describe('a signature', () => {
  function verify(given: Record<string, string | undefined> = {}, { bytes = body, secrets = [secret], at = now } = {}): void {
    verifySlack({ body: bytes, headers: { ...headers, ...given }, secrets, now: at });
  }

  test('by the recipe of the documentation passes, with the current or a previous secret', () => {
    expect(() => verify()).not.toThrow();
    expect(() => verify({}, { secrets: ['another', secret] })).not.toThrow();
    // https://docs.slack.dev/authentication/verifying-requests-from-slack
    const example = 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J';
    expect(() =>
      verify(signSlack(example, '8f742231b10e8888abcd99yyyzzz85a5', new Date(1531420618_000)), {
        bytes: Buffer.from(example),
        secrets: ['8f742231b10e8888abcd99yyyzzz85a5'],
        at: new Date(1531420620_000),
      }),
    ).not.toThrow();
  });

  test('does not cover the headers of a retry', () => {
    expect(() => verify({ 'x-slack-retry-num': '2', 'x-slack-retry-reason': 'http_timeout' })).not.toThrow();
  });

  test('passes at 300 s of age or lead and not beyond', () => {
    for (const seconds of [300, -300]) expect(() => verify({}, { at: later(seconds) })).not.toThrow();
    for (const seconds of [301, -301]) expect(() => verify({}, { at: later(seconds) })).toThrow(SignatureError);
  });

  test.each([
    ['missing', { 'x-slack-signature': undefined }],
    ['empty', { 'x-slack-signature': '' }],
    ['of another version', { 'x-slack-signature': headers['x-slack-signature']?.replace('v0', 'v1') }],
    ['truncated', { 'x-slack-signature': headers['x-slack-signature']?.slice(0, -4) }],
    ['longer than it is', { 'x-slack-signature': `${headers['x-slack-signature']}=00` }],
    ['without a time', { 'x-slack-request-timestamp': undefined }],
    ['of another time', { 'x-slack-request-timestamp': String(Math.floor(now.getTime() / 1_000) + 1) }],
    ['with a time that is no number', { 'x-slack-request-timestamp': 'NaN' }],
  ])('that is %s is refused', (_what, given) => {
    expect(() => verify(given)).toThrow(SignatureError);
  });

  test('by another secret, of another body, or of bytes that are no text is refused', () => {
    for (const secrets of [['another'], ['', ' '], []]) expect(() => verify({}, { secrets })).toThrow(SignatureError);
    expect(() => verify({}, { bytes: Buffer.concat([body, Buffer.from(' ')]) })).toThrow(SignatureError);
    const replaced = signSlack('\uFFFD', secret, now);
    expect(() => verify(replaced, { bytes: Buffer.from([0xff]) })).toThrow(SignatureError);
  });
});

describe('a body', () => {
  const parse = (payload: Json) => parseSlack({ body: Buffer.from(JSON.stringify(payload)), now }, payload);

  test('that asks for the challenge is answered with it, and is no event', () => {
    expect(parse(slackChallenge('3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P'))).toEqual({
      answer: { challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P' },
    });
  });

  test.each(['message', 'app_mention', 'app_uninstalled', 'tokens_revoked', 'app_home_opened'])(
    'with a %s is stored as ignored',
    (type) => {
      const payload = slackEvent({ type, user: 'U0EXAMPLE' }, { event_id: 'Ev0EXAMPLE', event_time: 1_763_640_000 });
      expect(parse(payload)).toEqual({
        events: [
          {
            source: 'slack',
            type,
            occurred_at: new Date(1_763_640_000_000),
            identity: 'Ev0EXAMPLE',
            payload,
            subject: 'slack:team:T0EXAMPLE',
            ignored: `no procedure lists ${type}`,
            objects: [],
          },
        ],
      });
    },
  );

  test('from an organisation-wide installation may name no team and no time', () => {
    const payload = slackEvent({ type: 'message' }, { team_id: null, event_time: null });
    expect(parse(payload)).toMatchObject({ events: [{ subject: null, occurred_at: now }] });
  });

  test('that says events were held back is kept too', () => {
    const payload = {
      token: 'unused',
      type: 'app_rate_limited',
      minute_rate_limited: 1_763_640_000,
      team_id: 'T0EXAMPLE',
      api_app_id: 'A0EXAMPLE',
    };
    expect(parse(payload)).toMatchObject({ events: [{ type: 'app_rate_limited', occurred_at: new Date(1_763_640_000_000) }] });
  });

  test.each([
    [null],
    [[]],
    [{}],
    [{ type: 'url_verification' }],
    [{ type: 'url_verification', challenge: 7 }],
    [{ type: 'event_callback', event: { type: 'message' } }],
    [{ type: 'event_callback', event_id: 'Ev1' }],
    [{ type: 'event_callback', event_id: 'Ev1', event: { type: 'two words' } }],
    [{ type: 'interactive_message' }],
  ])('of the wrong shape %j is refused', (payload) => {
    expect(() => parse(payload)).toThrow(ShapeError);
  });
});

import { describe, expect, test } from 'vitest';

import { ShapeError } from '../../domain/event.ts';
import { signStandardWebhook, standard_secret } from '../testing.ts';
import { parseForm } from './inbound.ts';
import { readSubmission } from './shapes.ts';
import { formSubmission } from './testing.ts';

const now = new Date('2026-11-20T12:00:00.700Z');
const headers = signStandardWebhook('', standard_secret, now, 'msg_1');
const bo = { email: 'bo@example.com', name: 'Bo Example', company: 'Example Ltd', message: 'Can we talk about a pilot?' };

describe('a submission', () => {
  test('is identified by the signed webhook-id, keeps what was sent, and waits until gtm is asked for', () => {
    const payload = formSubmission();
    expect(parseForm({ headers, now }, payload)).toEqual({
      source: 'forms',
      type: 'form.submitted',
      occurred_at: new Date('2026-11-20T12:00:00Z'),
      identity: 'msg_1',
      payload,
      subject: null,
      ignored: 'gtm is off until it is asked for',
      objects: [{ kind: 'submission', id: 'msg_1', customer: null, data: bo }],
    });
  });

  test('has its own type and time where it tells them', () => {
    const parsed = parseForm({ headers, now }, { type: 'demo.requested', timestamp: '2026-11-20T11:00:00Z', data: formSubmission() });
    expect(parsed).toMatchObject({ type: 'demo.requested', occurred_at: new Date('2026-11-20T11:00:00Z') });
    expect(parsed.objects[0]?.data).toEqual(bo);
    expect(parseForm({ headers, now }, { type: 'no type at all', timestamp: '2027-01-01T00:00:00Z' })).toMatchObject({
      type: 'form.submitted',
      occurred_at: new Date('2026-11-20T12:00:00Z'),
      objects: [],
    });
  });

  test.each([[null], [[]], ['text'], [7]])('of the wrong shape %j is refused', (payload) => {
    expect(() => parseForm({ headers, now }, payload)).toThrow(ShapeError);
  });
});

describe('who wrote what is read from', () => {
  test('labels in any writing', () => {
    expect(
      readSubmission({
        'E-Mail': ' bo@example.com ',
        first_name: 'Bo',
        'Last name': 'Example',
        COMPANY: 'Example Ltd',
        Comments: bo.message,
      }),
    ).toMatchObject(bo);
  });

  // https://developers.typeform.com/webhooks/example-payload/
  test('answers by the kind of their field', () => {
    expect(
      readSubmission({
        event_id: '01EXAMPLE',
        event_type: 'form_response',
        form_response: {
          submitted_at: '2026-11-20T10:00:00Z',
          answers: [
            { type: 'text', text: 'Bo Example', field: { id: 'a', type: 'short_text', ref: 'name' } },
            { type: 'email', email: 'bo@example.com', field: { id: 'b', type: 'email', ref: '6f1b' } },
            { type: 'text', text: bo.message, field: { id: 'c', type: 'long_text', ref: 'message' } },
          ],
        },
      }),
    ).toMatchObject({
      type: 'form_response',
      submitted_at: '2026-11-20T10:00:00.000Z',
      name: bo.name,
      email: bo.email,
      message: bo.message,
    });
  });

  // https://tally.so/help/webhooks
  test('fields with their labels', () => {
    expect(
      readSubmission({
        eventType: 'FORM_RESPONSE',
        createdAt: '2026-11-20T10:00:00.000Z',
        data: {
          formName: 'Contact',
          fields: [
            { key: 'question_a', label: 'Full name', type: 'INPUT_TEXT', value: 'Bo Example' },
            { key: 'question_b', label: 'Where do we reach you?', type: 'INPUT_EMAIL', value: 'bo@example.com' },
            { key: 'question_c', label: 'Company name', type: 'INPUT_TEXT', value: 'Example Ltd' },
            { key: 'question_d', label: 'Your message', type: 'TEXTAREA', value: bo.message },
          ],
        },
      }),
    ).toMatchObject({ type: 'FORM_RESPONSE', ...bo });
  });

  test('nothing when there is nothing, and no address that is none', () => {
    const nothing = { email: null, name: null, company: null, message: null };
    expect(readSubmission({ email: 'bo at example', answers: [null, 7, []], data: { fields: 'x' } })).toMatchObject(nothing);
    expect(readSubmission(JSON.parse('{"__proto__":{"email":"eve@example.com"},"constructor":"x"}'))).toMatchObject(nothing);
  });
});

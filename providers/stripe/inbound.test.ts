import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ShapeError, SignatureError } from '../../domain/event.ts';
import { parseStripe, signature_age_seconds_max, signStripe, verifyStripe } from './inbound.ts';
import { shapes, stripeCharge, stripeCustomer, stripeEvent, stripeInvoice, stripeSubscription } from './testing.ts';

const now = new Date('2026-11-20T12:00:00.700Z');
const secret = 'whsec_current';
const body = Buffer.from('{"id":"evt_1"}');

function verify(header: string | undefined, { at = now, secrets = [secret], bytes = body } = {}): void {
  verifyStripe({ body: bytes, headers: { 'stripe-signature': header }, secrets, now: at });
}

const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

describe('a signature', () => {
  test('of the current secret, of a previous one, and one of several v1 passes', () => {
    const header = signStripe(body.toString(), secret, now);
    expect(() => verify(header)).not.toThrow();
    expect(() => verify(header, { secrets: ['whsec_new', secret] })).not.toThrow();
    expect(() => verify(header.replace('v1=', `v1=${'0'.repeat(64)},v1=`))).not.toThrow();
  });

  test('passes at 300 s of age and not at 301 s', () => {
    const header = signStripe(body.toString(), secret, now);
    expect(() => verify(header, { at: later(signature_age_seconds_max) })).not.toThrow();
    expect(() => verify(header, { at: later(signature_age_seconds_max + 1) })).toThrow(SignatureError);
  });

  test('from a clock ahead of ours passes up to 300 s, and not more', () => {
    expect(() => verify(signStripe(body.toString(), secret, later(300)))).not.toThrow();
    expect(() => verify(signStripe(body.toString(), secret, later(302)))).toThrow(SignatureError);
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['without a timestamp', 'v1=00'],
    ['without v1', `t=${Math.floor(now.getTime() / 1000)},v0=00`],
    ['with a bare v1', `t=${Math.floor(now.getTime() / 1000)},v1`],
    ['nonsense', 'hello'],
  ])('that is %s is refused', (_what, header) => {
    expect(() => verify(header)).toThrow(SignatureError);
  });

  test('without any secret is refused', () => {
    expect(() => verify(signStripe(body.toString(), secret, now), { secrets: [] })).toThrow(SignatureError);
    expect(() => verify(signStripe(body.toString(), secret, now), { secrets: ['', ' '] })).toThrow(SignatureError);
  });

  test('fits its own body and secret, and no other', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.string({ minLength: 1 }),
        fc.string({ minLength: 1 }),
        fc.string({ minLength: 1 }),
        (text, other_text, key, other_key) => {
          const header = signStripe(text, `whsec_${key}`, now);
          const given = (bytes: string, with_key: string) => () =>
            verify(header, { bytes: Buffer.from(bytes), secrets: [`whsec_${with_key}`] });
          fc.pre(Buffer.from(text).toString() === text && !/^\uFEFF/.test(text) && !/^\uFEFF/.test(other_text));
          expect(given(text, key)).not.toThrow();
          if (Buffer.from(other_text).toString() !== text) expect(given(other_text, key)).toThrow(SignatureError);
          if (Buffer.from(other_key).toString() !== Buffer.from(key).toString()) expect(given(text, other_key)).toThrow(SignatureError);
        },
      ),
    );
  });
});

describe('an event', () => {
  test('keeps its id as identity, its time and its payload', () => {
    const payload = stripeEvent('invoice.payment_failed', stripeInvoice('old', 'in_1', 'cus_1'), { id: 'evt_9', created: now });
    expect(parseStripe(payload)).toMatchObject({
      source: 'stripe',
      type: 'invoice.payment_failed',
      identity: 'evt_9',
      occurred_at: new Date('2026-11-20T12:00:00Z'),
      payload,
      ignored: null,
    });
  });

  test.each([
    [null],
    [[]],
    ['text'],
    [{}],
    [{ id: 'evt_1', type: 'x', created: 1 }],
    [{ id: 'evt_1', type: 'x', created: 1, data: { object: [] } }],
    [{ id: 7, type: 'x', created: 1, data: { object: {} } }],
    [{ id: 'evt_1', type: 'x', created: 1e15, data: { object: {} } }],
  ])('of the wrong shape %j is refused', (value) => {
    expect(() => parseStripe(value)).toThrow(ShapeError);
  });

  test('in test mode is ignored, names no subject and leaves no facts', () => {
    for (const livemode of [false, undefined]) {
      const payload = { ...stripeEvent('invoice.paid', stripeInvoice('old', 'in_1', 'cus_1')), livemode: livemode ?? null };
      expect(parseStripe(payload)).toMatchObject({ ignored: 'test mode', subject: null, objects: [] });
    }
  });

  test('that no procedure lists is ignored, and what it shows of a customer is kept', () => {
    const parsed = parseStripe(stripeEvent('customer.created', stripeCustomer('cus_1')));
    expect(parsed.ignored).toBe('no procedure lists customer.created');
    expect(parsed.objects).toEqual([{ kind: 'customer', id: 'cus_1', customer: 'cus_1', data: stripeCustomer('cus_1') }]);
    expect(parseStripe(stripeEvent('payout.paid', { id: 'po_1', object: 'payout' })).objects).toEqual([]);
  });

  test.each(['invoice.paid', 'invoice.payment_succeeded', 'invoice.voided', 'invoice.marked_uncollectible'])(
    '%s is not ignored: it withdraws',
    (type) => {
      expect(parseStripe(stripeEvent(type, stripeInvoice('new', 'in_1', 'cus_1')))).toMatchObject({
        ignored: null,
        subject: 'stripe:invoice:in_1',
      });
    },
  );

  test.each(shapes)('in the %s shape is about its invoice where the payload tells', (shape) => {
    const subjectOf = (type: string, object: Parameters<typeof stripeEvent>[1]) => parseStripe(stripeEvent(type, object)).subject;
    expect(subjectOf('invoice.payment_failed', stripeInvoice(shape, 'in_7', 'cus_1'))).toBe('stripe:invoice:in_7');
    expect(subjectOf('charge.failed', stripeCharge(shape, 'ch_1', 'cus_1', { invoice: 'in_7', payment_intent: 'pi_7' }))).toBe(
      shape === 'old' ? 'stripe:invoice:in_7' : 'stripe:payment_intent:pi_7',
    );
    expect(subjectOf('charge.failed', stripeCharge('new', 'ch_1', 'cus_1', { payment_intent: null }))).toBe('stripe:charge:ch_1');
    expect(subjectOf('charge.failed', stripeCharge('new', 'ch_1', 'cus_1', { payment_details: { order_reference: 'in_8' } }))).toBe(
      'stripe:invoice:in_8',
    );
    expect(subjectOf('customer.subscription.updated', stripeSubscription(shape, 'sub_1', 'cus_1', { latest_invoice: 'in_7' }))).toBe(
      'stripe:invoice:in_7',
    );
    expect(
      subjectOf(
        'customer.subscription.updated',
        stripeSubscription(shape, 'sub_1', 'cus_1', { latest_invoice: { id: 'in_7', object: 'invoice' } }),
      ),
    ).toBe('stripe:invoice:in_7');
    expect(subjectOf('customer.subscription.updated', stripeSubscription(shape, 'sub_1', 'cus_1'))).toBe('stripe:subscription:sub_1');
  });

  test('of a subscription counts when it became past due, and only then', () => {
    const reason = (status: string, previous_attributes?: Parameters<typeof stripeCustomer>[1]) =>
      parseStripe(
        stripeEvent('customer.subscription.updated', stripeSubscription('new', 'sub_1', 'cus_1', { status }), { previous_attributes }),
      ).ignored;
    expect(reason('past_due', { status: 'active' })).toBeNull();
    expect(reason('past_due')).toBeNull();
    expect(reason('past_due', { metadata: {} })).toBe('the subscription did not become past due with this change');
    expect(reason('past_due', { status: 'past_due' })).toBe('the subscription did not become past due with this change');
    expect(reason('active', { status: 'past_due' })).toBe('the subscription is not past due');
  });

  test('that changes what a customer buys says when, and one that changes the status does not', () => {
    const kinds = (type: string, previous_attributes?: Parameters<typeof stripeCustomer>[1]) =>
      parseStripe(stripeEvent(type, stripeSubscription('new', 'sub_1', 'cus_1'), { previous_attributes })).objects.map(({ kind }) => kind);
    expect(kinds('customer.subscription.created')).toEqual(['subscription', 'subscription_terms']);
    expect(kinds('customer.subscription.deleted')).toEqual(['subscription', 'subscription_terms']);
    expect(kinds('customer.subscription.updated', { quantity: 1 })).toEqual(['subscription', 'subscription_terms']);
    expect(kinds('customer.subscription.updated', { items: {} })).toEqual(['subscription', 'subscription_terms']);
    expect(kinds('customer.subscription.updated', { status: 'active' })).toEqual(['subscription']);
  });

  test('that ties a payment to its invoice is kept under the payment', () => {
    const link = { id: 'inpay_1', object: 'invoice_payment', invoice: 'in_1', payment: { type: 'payment_intent', payment_intent: 'pi_1' } };
    expect(parseStripe(stripeEvent('invoice_payment.paid', link)).objects).toEqual([
      { kind: 'invoice_payment', id: 'pi_1', customer: null, data: link },
    ]);
  });

  test('never breaks the parser, whatever its object holds', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('invoice.payment_failed', 'charge.failed', 'customer.subscription.updated', 'customer.created', 'x'),
        fc.jsonValue(),
        (type, value) => {
          const object = { object: value, id: 'in_1', customer: value, lines: value, payment_details: value, items: value } as Parameters<
            typeof stripeEvent
          >[1];
          expect(parseStripe(stripeEvent(type, object)).type).toBe(type);
        },
      ),
    );
  });
});

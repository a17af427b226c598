import { afterAll, beforeAll, expect, test } from 'vitest';

import { stripeCustomer, stripeEvent, stripeInvoice, stripeSubscription } from '../../providers/stripe/testing.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { runScenario } from './run.ts';
import type { Course, Moment } from './scenario.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const card = { vertical: 'money' as const, action_type: 'email' };

function failedPayment(age: Parameters<Moment['ago']>[0], expect: Course['expect']) {
  return {
    name: 'a failed payment',
    build: ({ ago }: Moment): Course => ({
      deliveries: [
        { source: 'stripe', payload: stripeEvent('customer.created', stripeCustomer('cus_1'), { created: ago({ days: 9 }) }) },
        {
          source: 'stripe',
          payload: stripeEvent('customer.subscription.created', stripeSubscription('new', 'sub_1', 'cus_1'), { created: ago({ days: 9 }) }),
        },
        {
          source: 'stripe',
          payload: stripeEvent('invoice.payment_failed', stripeInvoice('new', 'in_1', 'cus_1', { created: ago(age) }), {
            created: ago(age),
          }),
        },
      ],
      expect,
    }),
  };
}

test('a scenario is judged at its own moment, to the second', async () => {
  const day = await runScenario(database.db, failedPayment({ hours: 24 }, [{ ...card, urgency: 'high' }]));
  expect(day).toMatchObject({ passed: true, got: [{ to: 'ana@example.com', subject: 'stripe:invoice:in_1' }] });
  const later = await runScenario(database.db, failedPayment({ hours: 24, seconds: 1 }, [{ ...card, urgency: 'critical' }]));
  expect(later.passed).toBe(true);
});

test('what is missing, what is too much, and another reason are told', async () => {
  const expected = { ...card, urgency: 'critical' as const };
  const result = await runScenario(database.db, failedPayment({ hours: 1 }, [expected]));
  expect(result).toMatchObject({ passed: false, missing: [expected], unexpected: [{ urgency: 'high' }], wrong_reason: false });
  const scenario = failedPayment({ hours: 1 }, [{ ...card, urgency: 'high' }]);
  const another = await runScenario(database.db, {
    ...scenario,
    build: (moment) => ({ ...scenario.build(moment), reason: /a small customer/ }),
  });
  expect(another).toMatchObject({ passed: false, wrong_reason: true });
});

import { expect, test } from 'vitest';

import type { Json } from '../../domain/text.ts';
import { editedPayload, inputsFor } from './edit.ts';

const payload = { to: 'ana@example.com', body: 'One.\r\nTwo & three.', minutes: 30, contact: null };
const untouched = { to: 'ana@example.com', body: 'One.\nTwo &amp; three.', minutes: '30', contact: null };
const edited = (changes: Record<string, string | null>) => editedPayload(payload, new Map(Object.entries({ ...untouched, ...changes })));

test('what nobody touched stays as it was sealed, however a field gives it back', () => {
  expect(edited({})).toEqual(payload);
  expect(editedPayload(payload, new Map())).toEqual(payload);
});

test('an edit keeps each member’s type where it can, and leaves the rest to the action’s schema', () => {
  expect(edited({ body: 'Two.', minutes: '45', contact: 'c_1' })).toEqual({
    to: 'ana@example.com',
    body: 'Two.',
    minutes: 45,
    contact: 'c_1',
  });
  expect(edited({ to: null, minutes: 'soon' })).toMatchObject({ to: '', minutes: 'soon' });
});

test('nothing but the payload’s own members can be entered', () => {
  expect(edited({ cc: 'bo@example.com', __proto__: 'x' })).toEqual(payload);
});

test('what Slack’s fields cannot hold is edited on the web', () => {
  expect(inputsFor({ body: 'x'.repeat(3_000) })).toHaveLength(1);
  const others: Json[] = [{ body: 'x'.repeat(3_001) }, {}, [], 'text', null];
  for (const other of others) expect(inputsFor(other)).toBeNull();
});

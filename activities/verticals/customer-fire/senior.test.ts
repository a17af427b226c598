import { expect, test } from 'vitest';

import type { IntercomAdmin } from '../../../providers/intercom/reads.ts';
import { seniorsAmong } from './senior.ts';

const admin = (id: string, more: Partial<IntercomAdmin> = {}): IntercomAdmin => ({
  id,
  name: null,
  email: `${id}@example.com`,
  title: null,
  has_inbox_seat: true,
  away: false,
  ...more,
});
const chosen = (admins: IntercomAdmin[], owner: string | null = null, founder: string | null = null) => {
  const [best] = seniorsAmong(admins, owner, founder);
  return best === undefined ? null : [best.id, best.as];
};

test('the account owner goes before the founder, and the founder before a title', () => {
  const admins = [admin('3', { title: 'Senior Support' }), admin('2'), admin('1')];
  expect(chosen(admins, '1@example.com', '2@EXAMPLE.com')).toEqual(['1', 'owner']);
  expect(chosen(admins, 'x@example.com', '2@EXAMPLE.com')).toEqual(['2', 'founder']);
  expect(chosen(admins)).toEqual(['3', 'title']);
});

test('a title is a word of its own', () => {
  for (const title of ['Senior Support Engineer', 'Head of Support', 'Support Lead', 'CTO', 'Co-Founder'])
    expect(chosen([admin('1'), admin('2', { title })])).toEqual(['2', 'title']);
  for (const title of ['Leadership intern', 'Photos', 'Support', null])
    expect(chosen([admin('1'), admin('2', { title })])).toEqual(['1', 'longest']);
});

test('without any of these it is who has been there for longest, has a seat and is there', () => {
  expect(chosen([admin('1000'), admin('999'), admin('1001')])).toEqual(['999', 'longest']);
  expect(chosen([admin('1000'), admin('999', { away: true }), admin('99', { has_inbox_seat: false })])).toEqual(['1000', 'longest']);
  expect(chosen([admin('1', { away: true })])).toBeNull();
  expect(chosen([])).toBeNull();
});

test('an account owner is named even while away', () => {
  expect(seniorsAmong([admin('1', { away: true }), admin('2')], '1@example.com', null)[0]).toMatchObject({
    id: '1',
    as: 'owner',
    away: true,
  });
});

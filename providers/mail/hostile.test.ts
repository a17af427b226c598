/** No text breaks out of its place in a mail or a calendar, even one that no schema has looked at. */
import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';

import type { Action } from '../../domain/action.ts';
import { hostile_texts, labelOf } from '../../scripts/testing/hostile-texts.ts';
import { invitationOf } from './invitation.ts';
import { composeMessage } from './message.ts';

const sender = { name: 'Ops', address: 'ops@example.com' };
const at = new Date('2026-11-20T10:00:00Z');

/** The names of the properties, in their order: a line that goes on begins with a space. */
function propertiesOf(text: string): string[] {
  const invite: Action = {
    action_type: 'api_call',
    operation: 'calendar.invite',
    payload: {
      to: 'ana@example.com',
      summary: text,
      description: text,
      starts_at: '2026-12-01T09:00:00Z',
      duration_minutes: 30,
      uid: 'one@execops',
      sequence: 0,
    },
  };
  const content = invitationOf(invite, sender, at).calendar?.content ?? '';
  expect(content.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  return content
    .replaceAll('\r\n ', '')
    .split('\r\n')
    .map((line) => line.split(/[:;]/, 1)[0] ?? '');
}

test('an invitation has the same properties whatever it says', () => {
  const harmless = propertiesOf('A talk');
  for (const hostile of hostile_texts) expect(propertiesOf(hostile.text), labelOf(hostile)).toEqual(harmless);
});

test('a mail goes to one person, with our headers and one plain text, whatever it says', async () => {
  const headersOf = async (text: string) => {
    const raw = await composeMessage({ to: 'ana@example.com', subject: text, body: text }, sender, '<1@example.com>');
    const mail = await simpleParser(raw);
    return {
      headers: [...mail.headers.keys()].toSorted(),
      to: [mail.to].flat().map((to) => to?.text),
      html: mail.html,
      files: mail.attachments,
    };
  };
  const harmless = await headersOf('Your card');
  expect(harmless).toMatchObject({ to: ['ana@example.com'], html: false, files: [] });
  for (const hostile of hostile_texts) expect(await headersOf(hostile.text), labelOf(hostile)).toEqual(harmless);
});

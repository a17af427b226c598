import { callOf } from '#domain/calls.ts';
import { textOf } from '#domain/payload.ts';
import type { Card } from '#lib/card/card.ts';

/** To whom or to what it happens, in a few words. */
export function targetOf({ action_type, operation, payload, recipient_name, subject }: Card): string {
  if (action_type !== 'api_call') return recipient_name ?? textOf(payload, 'to');
  return callOf(operation, payload)?.rows[0]?.value ?? subject;
}

/** What it does, as a sentence's start. */
export function effectOf({ action_type, operation, payload }: Card): string {
  if (action_type === 'email') return 'Sends an email';
  if (action_type === 'slack_dm') return 'Sends a Slack message';
  return callOf(operation, payload)?.does ?? operation ?? 'Calls a provider';
}

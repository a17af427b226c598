import type { Json } from './text.ts';

/** A member of a payload as text; empty when it is not there. The schema was checked when it was sealed. */
export function textOf(payload: Json, key: string): string {
  if (payload === null || typeof payload !== 'object' || Array.isArray(payload)) return '';
  const value = payload[key];
  return typeof value === 'string' ? value : '';
}

/** The account an action would run as, in plain words: `outbox:local` is the local outbox. */
export function senderName(connection: string): string {
  const [kind, ...rest] = connection.split(':');
  const account = rest.join(':');
  if (kind === 'outbox') return 'Local outbox (nothing leaves this machine)';
  if (kind === 'smtp') return account;
  return connection;
}

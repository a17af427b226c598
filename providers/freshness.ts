/** How old a signed time may be, the same for every scheme that signs one. */
import { SignatureError } from '../domain/event.ts';

const signature_age_ms_max = 300_000;
/** A clock that runs ahead of ours is forgiven this much. */
const signature_lead_ms_max = 300_000;

/** Throws a SignatureError unless the header has a time, in digits, of about now. Resolves to the time. */
export function requireFresh(header: string, value: string | string[] | undefined, unit: 'seconds' | 'milliseconds', now: Date): Date {
  if (typeof value !== 'string' || !/^\d{1,14}$/.test(value)) throw new SignatureError(`The ${header} header must be a time in ${unit}.`);
  const signed_ms = Number(value) * (unit === 'seconds' ? 1_000 : 1);
  // Schemes that sign whole seconds count ages in whole seconds too.
  const now_ms = unit === 'seconds' ? Math.floor(now.getTime() / 1_000) * 1_000 : now.getTime();
  if (now_ms - signed_ms > signature_age_ms_max) throw new SignatureError(`${header} is more than five minutes ago.`);
  if (signed_ms - now_ms > signature_lead_ms_max) throw new SignatureError(`${header} is more than five minutes ahead.`);
  return new Date(signed_ms);
}

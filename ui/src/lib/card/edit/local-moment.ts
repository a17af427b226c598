/** Moments as `<input type="datetime-local">` has them: without a zone, in the reader's own. */

/** `2026-12-01T10:00` where the reader is; in UTC while that is not known. */
export function toLocal(moment: string, zone: string | undefined): string {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return '';
  const shown = zone === undefined ? new Date(date.getTime() - date.getTimezoneOffset() * 60_000) : date;
  return shown.toISOString().slice(0, 16);
}

/** The moment that was entered, ISO 8601 in UTC; empty when it is none. */
export function fromLocal(local: string, zone: string | undefined): string {
  const date = new Date(zone === undefined ? local : `${local}Z`);
  return Number.isNaN(date.getTime()) ? '' : `${date.toISOString().slice(0, 19)}Z`;
}

/** When a card that nobody decides expires; null when the procedure's setting is 0, which switches that off. */
export function expiryAfter(now: Date, span_ms: number): Date | null {
  return span_ms === 0 ? null : new Date(now.getTime() + span_ms);
}

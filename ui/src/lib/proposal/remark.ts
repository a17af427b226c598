import type { AuditRow } from '#domain/wire.ts';
import { humanise } from '#domain/words.ts';

/** What a row of the audit that changes no status is about, in a few words. */
export function remarkOf(metadata: AuditRow['metadata']): string {
  const { execution, attempt, attempt_status, joined, urgency, approvals, required_approvals } = metadata;
  if (typeof attempt === 'number') return `Attempt ${attempt}${typeof attempt_status === 'string' ? ` ${attempt_status}` : ''}`;
  if (typeof execution === 'string') return `Execution ${execution}`;
  if (joined !== undefined) return 'Another event joined';
  if (urgency !== undefined) return `Urgency raised to ${String(urgency)}`;
  if (approvals !== undefined) return `${String(approvals)} of ${String(required_approvals)} approvals`;
  return humanise(Object.keys(metadata)[0] ?? 'noted');
}

import type { AuditRow } from '#domain/wire/audit.ts';
import { humanise } from '#domain/words.ts';

/** What a row of the audit that changes no status is about, in a few words. */
export function remarkOf(metadata: AuditRow['metadata']): string {
  const { execution, attempt, attempt_status, joined, urgency, approvals, required_approvals } = metadata;
  const { stage, to, delegation, snoozed_until, snoozed_until_event, woken_by, extended_from } = metadata;
  if (stage === 'reminded') return 'Reminded: a quarter of the time';
  if (stage === 'delegated') return to === null ? 'Nobody to delegate to' : 'Delegated: half of the time';
  if (stage === 'owner') return 'Escalated: out of time';
  if (snoozed_until !== undefined || snoozed_until_event !== undefined) return 'Snoozed';
  if (extended_from !== undefined) return 'Given more time';
  if (typeof attempt === 'number') return `Attempt ${attempt}${typeof attempt_status === 'string' ? ` ${attempt_status}` : ''}`;
  if (execution === 'rolled_back') return 'Taken back';
  if (metadata.rollback !== undefined) return 'Taking it back was asked for';
  if (typeof execution === 'string') return `Execution ${execution}`;
  if (joined !== undefined) return 'Another event joined';
  if (woken_by !== undefined) return 'Awake again';
  if (urgency !== undefined) return `Urgency raised to ${String(urgency)}`;
  if (delegation !== undefined) return 'Delegated';
  if (approvals !== undefined) return `${String(approvals)} of ${String(required_approvals)} approvals`;
  return humanise(Object.keys(metadata)[0] ?? 'noted');
}

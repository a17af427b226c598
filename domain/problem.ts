/**
 * An answer that is not the wished one, as RFC 9457 problem details (https://www.rfc-editor.org/rfc/rfc9457).
 * Thrown anywhere, turned into a response in one place.
 */
import type { Json } from './text.ts';

const problems = {
  bad_request: [400, 'The request is not in the expected form'],
  weak_password: [400, 'This password is too easy to guess'],
  missing_hash: [400, 'The hash of what you saw is missing'],
  unauthenticated: [401, 'Sign in first'],
  bad_signature: [401, 'The signature does not fit'],
  forbidden: [403, 'Not allowed'],
  sign_in_again: [403, 'Sign in again first'],
  passkey_refused: [403, 'The passkey was not accepted'],
  wrong_password: [403, 'The current password is wrong'],
  wrong_origin: [403, 'The request comes from another site'],
  not_an_approver: [403, 'Not on the approver list'],
  own_proposal: [403, 'Somebody else has to approve what you proposed'],
  step_up_required: [403, 'Confirm it with your passkey'],
  open_first: [409, 'This one is decided by itself'],
  not_found: [404, 'No such thing here'],
  method_not_allowed: [405, 'This method is not offered here'],
  already_decided: [409, 'Already decided'],
  stale_hash: [409, 'The proposal has changed since you saw it'],
  already_linked: [409, 'Linked to somebody else already'],
  already_member: [409, 'A member already'],
  last_owner: [409, 'The last owner stays'],
  already_running: [409, 'Too late: it is already running'],
  not_undoable: [409, 'There is nothing to undo'],
  nothing_to_roll_back: [409, 'It cannot be taken back from here'],
  nothing_to_change: [409, 'It is so already'],
  wrong_status: [409, 'The proposal is not in a state that allows this'],
  blocked_by_policy: [409, 'This action may not run here'],
  passkeys_not_here: [409, 'Passkeys do not work at this address'],
  too_large: [413, 'The body is too large'],
  wrong_media_type: [415, 'The media type is not supported'],
  invalid_edit: [422, 'The edit does not fit the action'],
  too_many_requests: [429, 'Too many requests'],
  internal: [500, 'Something went wrong on our side'],
  unavailable: [503, 'A part this needs is down'],
} as const;
export type ProblemName = keyof typeof problems;

export class Problem extends Error {
  override name = 'Problem';
  readonly status: number;
  readonly title: string;
  readonly problem: ProblemName;
  /** Further members of the problem document, such as who decided and when. */
  readonly members: Record<string, Json>;

  /** `detail` says what was wrong and what to do, in a sentence. */
  constructor(problem: ProblemName, detail: string, members: Record<string, Json> = {}) {
    super(detail);
    this.problem = problem;
    this.members = members;
    [this.status, this.title] = problems[problem];
  }

  toJSON(): Record<string, Json> {
    const { problem, title, status, message, members } = this;
    return { type: `/docs#${problem}`, title, status, detail: message, ...members };
  }
}

/** Every problem with its status and title, for the documentation. */
export const problem_list: readonly { problem: string; status: number; title: string }[] = Object.entries(problems).map(
  ([problem, [status, title]]) => ({ problem, status, title }),
);

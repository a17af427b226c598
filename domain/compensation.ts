/** How what was done is taken back from here, as an action of its own. */
import { z } from 'zod';

import type { Action } from './action.ts';
import { operations, type Operation, type PayloadOf } from './operations.ts';
import type { Json } from './text.ts';

export interface Done {
  /** What the provider said it did. */
  result: Json;
  /** For a redeployment: the commit that ran before it. */
  replaced_sha: string | null;
}

/** Null when nothing here can take it back. */
export function compensationOf(action: Action, { result, replaced_sha }: Done): Action | null {
  switch (action.operation) {
    case 'stripe.pause_collection':
      return call('stripe.resume_collection', { subscription: action.payload.subscription });
    case 'calendar.invite':
      return call('calendar.cancel', { ...action.payload, sequence: action.payload.sequence + 1 });
    case 'intercom.assign': {
      // Without whose it was there is nobody to give it back to.
      const previous = assigned.safeParse(result).data?.previous_assignee_id;
      return previous === undefined ? null : call('intercom.assign', { ...action.payload, assignee_id: previous });
    }
    case 'github.redeploy':
      return replaced_sha === null || replaced_sha === action.payload.sha
        ? null
        : call('github.redeploy', { ...action.payload, sha: replaced_sha });
    case 'settings.change':
      return call('settings.change', { ...action.payload, from: action.payload.to, to: action.payload.from });
    default:
      return null;
  }
}

const assigned = z.object({ previous_assignee_id: z.string() });

/** Null when what is known does not make a payload that could be approved. */
function call<Name extends Operation>(operation: Name, payload: PayloadOf<Name>): Action | null {
  const read = operations[operation].payload.safeParse(payload);
  // The payload is the operation's own, which is more than the compiler can follow.
  return read.success ? ({ action_type: 'api_call', operation, payload: read.data } as Action) : null;
}

import { fail, type RequestEvent } from '@sveltejs/kit';

import type { DryRunAnswer } from '#lib/acts.ts';
import { errorsOf, field } from '#lib/server/act.ts';
import { editedPayload, enteredIn } from '#lib/server/fields.ts';
import { signedIn } from '#lib/server/person.ts';
import { isProblem } from '#lib/server/problem.ts';

/** The exact request of what is sealed, or of what was typed. Nothing is sent. */
export async function dryRunAct({ locals, request }: RequestEvent) {
  const [{ app }, person, form] = [locals, signedIn(locals), await request.formData()];
  const id = field(form, 'proposal_id');
  const entered = enteredIn(form);
  try {
    const edit = Object.keys(entered).length === 0 ? undefined : editedPayload(await app.proposal(person, id), form);
    return { dry_run_of: id, dry_run: await app.dryRun(person, id, edit), message: '', errors: [], entered } satisfies DryRunAnswer;
  } catch (thrown) {
    if (!isProblem(thrown)) throw thrown;
    const { status, message } = thrown;
    return fail(status, { dry_run_of: id, dry_run: null, message, errors: errorsOf(thrown), entered } satisfies DryRunAnswer);
  }
}

/** For the page that lists a person's passkeys. */
import { fail, type RequestEvent } from '@sveltejs/kit';

import { field } from '#lib/server/act.ts';
import { signedIn } from '#lib/server/person.ts';
import { isProblem } from '#lib/server/problem.ts';

export const passkey_acts = {
  async removePasskey({ locals, request }: RequestEvent) {
    const form = await request.formData();
    try {
      await locals.app.removePasskey(signedIn(locals), field(form, 'row'));
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return fail(thrown.status, { passkey: { problem: thrown.problem, message: thrown.message } });
    }
    return { passkey: null };
  },
};

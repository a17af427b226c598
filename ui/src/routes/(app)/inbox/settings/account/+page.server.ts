import { field } from '#lib/server/act.ts';
import { panelAct } from '#lib/server/panel-act.ts';
import { passkey_acts } from '#lib/server/passkey-acts.ts';
import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';

import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, request }) => {
  const person = signedIn(locals);
  const { app } = locals;
  const [account, sessions, passkeys] = await page(
    Promise.all([app.account(person), app.sessions(person, request.headers), app.passkeys(person)]),
  );
  return { account, sessions, passkeys };
};

export const actions: Actions = {
  ...passkey_acts,
  name: panelAct('name', async ({ app, person, form }) => {
    await app.changeName(person, field(form, 'name'));
    return { done: 'Saved.' };
  }),
  password: panelAct('password', async ({ app, person, form, request, locals }) => {
    // Exactly as they were entered: a password may begin and end with spaces.
    const change = { current: String(form.get('current') ?? ''), next: String(form.get('next') ?? '') };
    locals.set_cookies.push(...(await app.changePassword(person, change, request.headers)));
    return { done: 'Changed. You are signed in here and nowhere else.' };
  }),
  end_session: panelAct('sessions', async ({ app, person, form }) => {
    await app.endSession(person, field(form, 'row'));
    return { done: 'That session has ended.' };
  }),
  end_others: panelAct('sessions', async ({ app, person, request }) => {
    await app.endOtherSessions(person, request.headers);
    return { done: 'You are signed in here and nowhere else.' };
  }),
};

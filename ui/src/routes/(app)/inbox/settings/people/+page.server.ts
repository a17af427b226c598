import type { Role } from '#domain/people.ts';
import { field } from '#lib/server/act.ts';
import { panelAct } from '#lib/server/panel-act.ts';
import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';

import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  const person = signedIn(locals);
  const [members, invitations] = await page(
    Promise.all([locals.app.members(person), person.role === 'owner' ? locals.app.invitations(person) : []]),
  );
  return { members, invitations };
};

export const actions: Actions = {
  invite: panelAct('invite', async ({ app, person, form }) => {
    const { email, link } = await app.invite(person, { email: field(form, 'email'), role: roleIn(form) });
    return link === null
      ? { done: `The invitation is on its way to ${email}. Its link works once, for seven days.`, link }
      : { done: `No mail leaves this machine, so hand this link to ${email}. It works once, for seven days.`, link };
  }),
  withdraw: panelAct('withdraw', async ({ app, person, form }) => {
    await app.revokeInvitation(person, field(form, 'row'));
    return { done: 'Withdrawn. Its link does not work any more.' };
  }),
  role: panelAct('member', async ({ app, person, form }) => {
    await app.changeRole(person, field(form, 'row'), roleIn(form));
    return { done: 'Changed. They sign in again to go on.' };
  }),
  sign_out: panelAct('member', async ({ app, person, form }) => {
    await app.signOutMember(person, field(form, 'row'));
    return { done: 'Signed out everywhere.' };
  }),
  remove: panelAct('removed', async ({ app, person, form }) => {
    await app.removeMember(person, field(form, 'row'));
    return { done: 'Removed. Their sessions and keys have ended; what they decided stays.' };
  }),
};

/** The application checks it; a form can say anything. */
function roleIn(form: FormData): Role {
  return field(form, 'role') as Role;
}

import type { KeyRequest } from '#domain/wire/key.ts';
import { field } from '#lib/server/act.ts';
import { panelAct } from '#lib/server/panel-act.ts';
import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';

import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({ keys: await page(locals.app.keys(signedIn(locals))) });

export const actions: Actions = {
  create: panelAct('create', async ({ app, person, form }) => {
    // The application checks the kind; a form can say anything.
    const request = { name: field(form, 'name'), kind: field(form, 'kind') as KeyRequest['kind'] };
    const { key, name } = await app.createKey(person, request);
    return { done: `Copy the key “${name}” now: it is shown once and not stored.`, key };
  }),
  revoke: panelAct('revoke', async ({ app, person, form }) => {
    await app.revokeKey(person, field(form, 'row'));
    return { done: 'Revoked. It does not work any more.' };
  }),
};

import type { WebhookRequest } from '#domain/notices.ts';
import { field } from '#lib/server/act.ts';
import { panelAct } from '#lib/server/panel-act.ts';
import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';

import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({ webhooks: await page(locals.app.webhooks(signedIn(locals))) });

export const actions: Actions = {
  add: panelAct('add', async ({ app, person, form }) => {
    // The application checks the types; a form can say anything.
    const events = form.getAll('events').map(String) as WebhookRequest['events'];
    const { secret } = await app.addWebhook(person, { url: field(form, 'url'), events });
    return { done: 'Added. Copy its secret now: it is shown once.', secret };
  }),
  remove: panelAct('remove', async ({ app, person, form }) => {
    await app.removeWebhook(person, field(form, 'row'));
    return { done: 'Removed. It is told nothing more.' };
  }),
  test: panelAct('test', async ({ app, person, form }) => {
    const { ok, detail } = await app.testWebhook(person, field(form, 'row'));
    return ok ? { done: detail } : { done: '', refused: detail };
  }),
  rotate: panelAct('rotate', async ({ app, person, form }) => {
    const { secret } = await app.rotateWebhook(person, field(form, 'row'));
    return { done: 'Copy the new secret now: it is shown once. The old one signs too for a day.', secret };
  }),
  enable: panelAct('enable', async ({ app, person, form }) => {
    await app.enableWebhook(person, field(form, 'row'));
    return { done: 'Switched on. It hears of what comes from now on.' };
  }),
};

import type { NoticeLevel } from '#domain/notices.ts';
import { field } from '#lib/server/act.ts';
import { panelAct } from '#lib/server/panel-act.ts';
import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';

import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { app, ...locals }, depends }) => {
  depends('execops:notices');
  const person = signedIn({ app, ...locals });
  const [preferences, devices, push_key, settings] = await page(
    Promise.all([app.noticePreferences(person), app.pushDevices(person), app.pushKey(), app.settings(person)]),
  );
  const setting = (name: string) => String(settings.find(({ key }) => key === `organisation.quiet_hours_${name}`)?.value ?? '');
  const quiet = { from: setting('from'), to: setting('to'), time_zone: setting('time_zone') };
  return { preferences, devices, push_key, places: app.noticePlaces(person), quiet };
};

export const actions: Actions = {
  levels: panelAct('levels', async ({ app, person, form }) => {
    // The application checks the levels; a form can say anything.
    const level = (name: string) => field(form, name) as NoticeLevel;
    await app.setNoticePreferences(person, { mail: level('mail'), push: level('push'), content_free: form.has('content_free') });
    return { done: 'Saved.' };
  }),
  remove_device: panelAct('remove_device', async ({ app, person, form }) => {
    await app.removePushDevice(person, field(form, 'row'));
    return { done: 'Removed. It gets no more notifications.' };
  }),
};

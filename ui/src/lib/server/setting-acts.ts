/** Asking for another value of a setting: it becomes a card, which an owner approves. */
import { fail, type RequestEvent } from '@sveltejs/kit';

import { Problem } from '#domain/problem.ts';
import type { SettingValue, SettingView } from '#domain/settings.ts';
import { field } from '#lib/server/act.ts';
import { signedIn } from '#lib/server/person.ts';
import { isProblem } from '#lib/server/problem.ts';
import { fromShown } from '#lib/settings/shown.ts';

export const setting_acts = {
  propose: async ({ locals, request }: RequestEvent) => {
    const person = signedIn(locals);
    const form = await request.formData();
    const [key, typed] = [field(form, 'setting'), field(form, 'value')];
    try {
      const setting = (await locals.app.settings(person)).find((known) => known.key === key);
      if (setting === undefined) throw new Problem('not_found', `There is no setting "${key}".`);
      const { proposal_id } = await locals.app.proposeSetting(person, { setting: key, value: valueOf(setting, typed) });
      return { setting: key, proposal_id };
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return fail(thrown.status, { setting: key, refused: thrown.message, typed });
    }
  },
};

function valueOf(setting: SettingView, typed: string): SettingValue {
  if (setting.kind === 'switch') return typed === 'true';
  if (setting.kind !== 'number') return typed;
  const value = fromShown(setting, typed);
  if (value === null) throw new Problem('bad_request', 'Enter a number.');
  return value;
}

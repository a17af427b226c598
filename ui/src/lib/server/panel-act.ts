/** The form actions of the settings' panels. Each answers which of the panel's forms it was, and a sentence for it. */
import { fail, type RequestEvent } from '@sveltejs/kit';

import type { App as Application, Person } from '#domain/app.ts';
import { errorsOf, field } from '#lib/server/act.ts';
import { signedIn } from '#lib/server/person.ts';
import { isProblem } from '#lib/server/problem.ts';
import { waitOf } from '#lib/server/wait.ts';

export interface Panel {
  app: Application;
  person: Person;
  form: FormData;
  request: Request;
  locals: App.Locals;
}

/** `at` names the form; one of a list's adds the row's id by `row`. What `work` resolves to is said as done. */
export function panelAct<Done extends object>(at: string, work: (panel: Panel) => Promise<Done & { done: string }>) {
  return async ({ locals, request }: RequestEvent) => {
    const person = signedIn(locals);
    const form = await request.formData();
    const row = field(form, 'row');
    try {
      return { at, row, ...(await work({ app: locals.app, person, form, request, locals })) };
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      const wait = thrown.status === 429 ? waitOf(thrown.members) : null;
      const [first] = errorsOf(thrown);
      const sentence = first === undefined ? thrown.message : `${nameOf(first.path)} ${first.message}.`;
      const entered = Object.fromEntries(
        [...form].filter(([name]) => !secret_fields.includes(name)).map(([name, value]) => [name, String(value)]),
      );
      return fail(thrown.status, { at, row, refused: wait === null ? sentence : `Too many attempts. Try again in ${wait}.`, entered });
    }
  };
}

/** Never sent back to a page. */
const secret_fields = ['current', 'next', 'password'];

const names: Record<string, string> = {
  email: 'The address',
  role: 'The role',
  name: 'The name',
  kind: 'The kind',
  next: 'The new password',
};

function nameOf(path: string): string {
  return names[path] ?? path;
}

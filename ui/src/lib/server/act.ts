import { fail, type RequestEvent } from '@sveltejs/kit';

import type { App, Person } from '#domain/app.ts';
import type { ActDone, ActRefused, Verb } from '#lib/acts.ts';
import type { Card } from '#lib/card/card.ts';
import { cardOf } from '#lib/server/cards.ts';
import { signedIn } from '#lib/server/person.ts';
import { isProblem } from '#lib/server/problem.ts';

/** A form action on one proposal: does it, then answers with the proposal as it is now, whether it was done or refused. */
export function act(verb: Verb, work: (app: App, person: Person, form: FormData) => Promise<unknown>) {
  return async ({ locals: { app, ...locals }, request }: RequestEvent) => {
    const person = signedIn({ app, ...locals });
    const form = await request.formData();
    const id = field(form, 'proposal_id');
    try {
      await work(app, person, form);
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return fail(thrown.status, { verb, message: thrown.message, view: await readable(app, person, id) } satisfies ActRefused);
    }
    return { verb, view: await cardOf(app, person, await app.proposal(person, id)) } satisfies ActDone;
  };
}

export function field(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

async function readable(app: App, person: Person, id: string): Promise<Card | null> {
  try {
    return await cardOf(app, person, await app.proposal(person, id));
  } catch (thrown) {
    if (isProblem(thrown)) return null;
    throw thrown;
  }
}

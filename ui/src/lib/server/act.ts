import { fail, type RequestEvent } from '@sveltejs/kit';
import { z } from 'zod';

import type { App, Person } from '#domain/app.ts';
import type { Problem } from '#domain/problem.ts';
import type { ActDone, ActRefused, FieldError, Verb } from '#lib/acts.ts';
import type { Card } from '#lib/card/card.ts';
import { cardOf } from '#lib/server/cards.ts';
import { enteredIn } from '#lib/server/fields.ts';
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
      const refused = await refusal(app, person, verb, id, thrown);
      return fail(thrown.status, verb === 'edit' ? { ...refused, entered: enteredIn(form) } : refused);
    }
    return { verb, view: await cardOf(app, person, await app.proposal(person, id)) } satisfies ActDone;
  };
}

/** Why not, with the proposal as it is now. */
export async function refusal(app: App, person: Person, verb: Verb, id: string, problem: Problem): Promise<ActRefused> {
  const errors = errorsOf(problem);
  return { verb, message: problem.message, problem: problem.problem, errors, view: await readable(app, person, id) };
}

/** What is wrong with which field. */
export function errorsOf({ members }: Problem): FieldError[] {
  return field_errors.safeParse(members.errors).data ?? [];
}

const field_errors = z.array(z.object({ path: z.string(), message: z.string() }));

export function field(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** The proposal as it is now; null when this person cannot read it. */
export async function readable(app: App, person: Person, id: string): Promise<Card | null> {
  try {
    return await cardOf(app, person, await app.proposal(person, id));
  } catch (thrown) {
    if (isProblem(thrown)) return null;
    throw thrown;
  }
}

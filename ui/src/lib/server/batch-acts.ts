/** Several cards at once: what would happen, then a result for each. */
import { fail, type RequestEvent } from '@sveltejs/kit';

import type { App, Person } from '#domain/app.ts';
import { batch_items_max, type BatchResult } from '#domain/inbox.ts';
import { Problem } from '#domain/problem.ts';
import type { BatchDone, BatchEffect, BatchPreview, BatchRefused } from '#lib/card/batch/batch.ts';
import { field, readable } from '#lib/server/act.ts';
import { signedIn } from '#lib/server/person.ts';
import { isProblem } from '#lib/server/problem.ts';
import { untilOf } from '#lib/server/until.ts';

export const batch_acts = {
  batch: answered(async (app, person, form): Promise<BatchDone> => {
    const items = itemsOf(form);
    const results = await resultsOf(app, person, form, items);
    const views = await Promise.all(items.map(({ proposal_id }) => readable(app, person, proposal_id)));
    return { results, views: views.filter((view) => view !== null) };
  }),
  batch_preview: answered(async (app, person, form): Promise<BatchPreview> => ({
    effects: await Promise.all(itemsOf(form).map(({ proposal_id }) => effectOf(app, person, proposal_id))),
  })),
};

function answered<Answer>(work: (app: App, person: Person, form: FormData) => Promise<Answer>) {
  return async ({ locals, request }: RequestEvent) => {
    try {
      return await work(locals.app, signedIn(locals), await request.formData());
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return fail(thrown.status, { message: thrown.message } satisfies BatchRefused);
    }
  };
}

type Items = { proposal_id: string; payload_hash: string }[];

function itemsOf(form: FormData): Items {
  const items = form.getAll('item').flatMap((item) => {
    const [proposal_id, payload_hash] = typeof item === 'string' ? item.split(' ') : [];
    return proposal_id === undefined || payload_hash === undefined ? [] : [{ proposal_id, payload_hash }];
  });
  if (items.length === 0 || items.length > batch_items_max)
    throw new Problem('bad_request', `Tick between one and ${batch_items_max} cards, so that it is clear which you mean.`);
  return items;
}

async function resultsOf(app: App, person: Person, form: FormData, items: Items): Promise<BatchResult[]> {
  const verb = field(form, 'decision');
  if (verb === 'snooze') {
    const until = untilOf(form);
    return Promise.all(items.map(({ proposal_id }) => snoozed(app, person, proposal_id, until)));
  }
  if (verb !== 'approve' && verb !== 'reject') throw new Problem('bad_request', 'Say what to do with them: approve, reject or snooze.');
  const feedback = [field(form, 'reason'), field(form, 'feedback')].filter((text) => text !== '').join(': ');
  return app.decideMany(person, { decision: verb, items, feedback: feedback === '' ? null : feedback });
}

async function snoozed(app: App, person: Person, proposal_id: string, until: string): Promise<BatchResult> {
  try {
    const { status } = await app.snooze(person, proposal_id, { until });
    return { proposal_id, ok: true, status, message: null };
  } catch (thrown) {
    if (!isProblem(thrown)) throw thrown;
    return { proposal_id, ok: false, status: null, message: thrown.message };
  }
}

async function effectOf(app: App, person: Person, proposal_id: string): Promise<BatchEffect> {
  try {
    const { connection, request } = await app.dryRun(person, proposal_id);
    return { proposal_id, connection, request, message: null };
  } catch (thrown) {
    if (!isProblem(thrown)) throw thrown;
    return { proposal_id, connection: '', request: null, message: thrown.message };
  }
}

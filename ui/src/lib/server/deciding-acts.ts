/** A person's verdict on a card, on the version that they saw. */
import { Problem } from '#domain/problem.ts';
import { act, field } from '#lib/server/act.ts';
import { editedPayload } from '#lib/server/fields.ts';

export const deciding_acts = {
  approve: act('approve', (app, person, form) => app.decide(person, { ...seen(form), ...proof(form), decision: 'approve' })),
  reject: act('reject', (app, person, form) => {
    const feedback = [field(form, 'reason'), field(form, 'feedback')].filter((text) => text !== '').join(': ');
    const decision = { ...seen(form), decision: 'reject' } as const;
    return app.decide(person, feedback === '' ? decision : { ...decision, feedback });
  }),
};

/** Of the card's own page, where its form is filled in again when something is wrong with it. */
export const edit_act = act('edit', async (app, person, form) => {
  const version = seen(form);
  const now = await app.proposal(person, version.proposal_id);
  // Another version than the one that was edited is refused by who decides it; its fields are not these.
  const edit = now.payload_hash === version.payload_hash ? editedPayload(now, form) : now.payload;
  return app.decide(person, { ...version, ...proof(form), decision: 'approve', edit });
});

/** The version that the person saw, which is the only one they decide on. */
function seen(form: FormData): { proposal_id: string; payload_hash: string } {
  const [proposal_id, payload_hash] = [field(form, 'proposal_id'), field(form, 'payload_hash')];
  if (proposal_id !== '' && payload_hash !== '') return { proposal_id, payload_hash };
  throw new Problem('missing_hash', 'Send proposal_id and payload_hash as the card showed them, so that exactly what you saw is decided.');
}

/** That the person has just used their passkey. */
function proof(form: FormData): { step_up?: string } {
  const step_up = field(form, 'step_up');
  return step_up === '' ? {} : { step_up };
}

/** Judges a stored event as if it came in now: the rules alone, no model, no executor, and nothing written but the answer. */
import type { HandleEventInput } from '../domain/contract.ts';
import type { Draft, Sop } from '../domain/sop.ts';
import type { ReplayResult } from '../domain/wire/replay.ts';
import { readStoredEvent, type ReadEvent } from '../prisma/events.ts';
import { disabledTypes } from '../prisma/learning.ts';
import { storeReplay } from '../prisma/replays.ts';
import { sealedPayloadOf } from '../prisma/storable.ts';
import { foreseeDrafts } from '../prisma/store.ts';
import { incidentOf } from './triage.ts';
import type { ActivityDeps } from './index.ts';

type Found = Omit<ReplayResult, 'event_id'>;
const nothing_left: Found = {
  proposals: [],
  reasons: [{ vertical: null, reason: 'what it said was removed, because it is older than events are kept' }],
};
type Would = ReplayResult['proposals'][number]['would'];

export function createReplay({ db, proceduresFor }: Pick<ActivityDeps, 'db' | 'proceduresFor'>) {
  return async function replay(input: HandleEventInput): Promise<string> {
    const event = await readStoredEvent(db, input.org_id, input.event_id);
    return storeReplay(db, input, { event_id: event.id, ...(event.redacted ? nothing_left : await judgeAll(event)) });
  };

  async function judgeAll(event: ReadEvent): Promise<Found> {
    const { sops, switchedOff } = proceduresFor(event.settings);
    const triggered = sops.filter((sop) => sop.triggeredBy(event));
    const found: Found[] = [untriggered(sops, event)];
    for (const sop of triggered) {
      const off = switchedOff(sop.vertical);
      found.push(off === null ? await judge(sop, sops, event) : { proposals: [], reasons: [{ vertical: sop.vertical, reason: off }] });
    }
    return { proposals: found.flatMap(({ proposals }) => proposals), reasons: found.flatMap(({ reasons }) => reasons) };
  }

  /** Why no procedure is asked, or why one only ends something. */
  function untriggered(sops: readonly Sop[], event: ReadEvent): Found {
    const settled = sops.filter((sop) => sop.settledBy(event));
    if (settled.length === 0 && !sops.some((sop) => sop.triggeredBy(event)))
      return { proposals: [], reasons: [{ vertical: null, reason: `no procedure lists ${event.source} events of type ${event.type}` }] };
    const reason = 'it ends what it is about: cards that still wait are withdrawn';
    return { proposals: [], reasons: settled.map(({ vertical }) => ({ vertical, reason })) };
  }

  async function judge(sop: Sop, sops: readonly Sop[], event: ReadEvent): Promise<Found> {
    const { vertical } = sop;
    const assessment = sop.assess(await sop.gather(event, { fresh: false, keeps: false }), event.now);
    if (!assessment.propose) return { proposals: [], reasons: [{ vertical, reason: assessment.reason }] };
    const { drafts } = assessment;
    const off = await disabledTypes(db.sql, event.org_id, vertical, sop.version);
    const foreseen = await foreseeDrafts(db.sql, await incidentOf(sop, sops, event), drafts);
    const would = (draft: Draft, place: number): Would => {
      if ('settled_by' in foreseen || off.has(draft.action.action_type)) return 'nothing';
      return foreseen.joins[place] === true ? 'join' : 'propose';
    };
    const types = [...new Set(drafts.map(({ action }) => action.action_type))].filter((type) => off.has(type));
    const reasons = types.map((type) => `${type} is switched off: ${off.get(type)}`);
    if ('settled_by' in foreseen) reasons.push(`settled already by ${foreseen.settled_by}`);
    return {
      proposals: drafts.map((draft, place) => proposalOf(sop, draft, would(draft, place))),
      reasons: reasons.map((reason) => ({ vertical, reason })),
    };
  }
}

function proposalOf({ vertical }: Sop, draft: Draft, would: Would): ReplayResult['proposals'][number] {
  const { action, urgency, subject, title, reasoning } = draft;
  const { action_type, operation } = action;
  return { vertical, action_type, operation, urgency, subject, title, payload: sealedPayloadOf(draft), reasoning, would };
}

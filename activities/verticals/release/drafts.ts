/** The drafts of one incident, in the order they are to be read: first restore the service, then learn from it. Pure. */
import { priorityOf } from '../../../domain/priority.ts';
import type { Assessment, Draft } from '../../../domain/sop.ts';
import { assumptionsOf, evidenceOf, factsOf, reasoningOf, titleOf } from './card.ts';
import type { FoundDeployment, ReleaseFacts, Shipper } from './facts-shape.ts';
import { minuteOf } from '../shared/card.ts';
import { shortSha } from './format.ts';
import { postMortemText } from './message.ts';
import { rollbackOf, type Rollback } from './rollback.ts';
import type { Judged } from './rules.ts';

/** A card for each action that somebody could run now. What is not connected is named on the first of them. */
export function draftsOf(facts: ReleaseFacts, judged: Judged): Assessment {
  const { recent } = judged;
  const rollback = recent === null ? null : rollbackOf(facts, recent);
  const people = recent?.people ?? facts.last_change?.people ?? [];
  const to = facts.slack.connected ? (people.find(({ slack_user_id }) => slack_user_id !== null) ?? null) : null;

  const card = cardOf(facts, judged);
  const drafts: Draft[] = [];
  if (rollback?.connected && recent !== null) drafts.push(rollbackDraft(facts, card, recent, rollback));
  if (to !== null) drafts.push(messageDraft(facts, card, recent, to));
  const [first, ...others] = drafts;
  const also = first === undefined ? '' : ' here too';
  const missing = [missingRollback(recent, rollback, also), missingMessage(facts, people, to, also)].filter(
    (sentence) => sentence !== null,
  );
  if (first === undefined)
    return { propose: false, reason: `nothing can be drafted yet. ${missing.join(' ') || 'Nobody is known to ask.'}` };
  return { propose: true, drafts: [{ ...first, notes: [...first.notes, ...missing] }, ...others] };
}

type Card = Omit<Draft, 'action' | 'basis'>;

/** What all drafts of an incident show alike. */
function cardOf(facts: ReleaseFacts, judged: Judged): Card {
  const urgency = judged.critical ? 'critical' : 'high';
  return {
    subject: facts.subject,
    subjects: [],
    alike: alikeOf(facts, judged.recent),
    urgency,
    title: titleOf(facts),
    facts: factsOf(facts, judged),
    reasoning: reasoningOf(facts, judged),
    evidence: evidenceOf(facts, judged),
    priority: priorityOf({ urgency, needs_edit: false, vip: false, renewal_near: false }),
    flags: [],
    notes: assumptionsOf(facts, judged),
    escalates_from: judged.escalates_from,
    escalates_at: judged.escalates_at,
    expires_at: judged.expires_at,
  };
}

/** A service that breaks is one incident, however many issues it raises; once decided, until something else is deployed. */
function alikeOf({ service }: ReleaseFacts, recent: FoundDeployment | null): Draft['alike'] {
  return { open: { service }, closed: { service, deployment: recent?.id ?? null } };
}

function rollbackDraft(
  facts: ReleaseFacts,
  card: Card,
  recent: FoundDeployment,
  { action, called, target, notes: about }: Rollback,
): Draft {
  const { newer } = facts;
  const notes = [...card.notes];
  if (newer !== null)
    notes.push(
      `${shortSha(newer.sha)} was deployed after that, at ${minuteOf(newer.at)}: look whether it mends it already before you roll back.`,
    );
  notes.push(...about);
  return {
    ...card,
    title: `${facts.service}: roll back ${called.includes(shortSha(recent.sha)) ? '' : `${shortSha(recent.sha)} `}by ${called}`,
    notes,
    action,
    basis: { service: facts.service, deployment: recent.id, newest_deployment: newer?.id ?? recent.id, ...target },
  };
}

function messageDraft(facts: ReleaseFacts, card: Card, recent: FoundDeployment | null, to: Shipper): Draft {
  return {
    ...card,
    title: `${facts.service}: ask ${to.name ?? to.login} for a post-mortem`,
    action: { action_type: 'slack_dm', operation: null, payload: { to: to.slack_user_id ?? '', text: postMortemText(facts, recent, to) } },
    basis: { service: facts.service, deployment: recent?.id ?? null, to: to.slack_user_id },
  };
}

/** `also` says that there is another card to stand beside. */
function missingRollback(recent: FoundDeployment | null, rollback: Rollback | null, also: string): string | null {
  if (recent === null || rollback?.connected) return null;
  if (rollback !== null) return `With GitHub connected (GITHUB_TOKEN), ${rollback.called} would be offered${also}.`;
  return 'No rollback is offered: GitHub told only a part of the deployed commit’s SHA, and nothing else of it is known.';
}

function missingMessage(facts: ReleaseFacts, people: readonly Shipper[], to: Shipper | null, also: string): string | null {
  if (to !== null) return null;
  if (!facts.slack.connected) return `With Slack connected (SLACK_BOT_TOKEN), a message to the developer would be offered${also}.`;
  const [first] = people;
  if (first === undefined) return 'Nobody is asked for a post-mortem: no person is known who shipped it.';
  return `Nobody is asked for a post-mortem: no Slack user is linked to ${first.name ?? first.login}.`;
}

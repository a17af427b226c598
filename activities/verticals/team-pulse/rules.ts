/** The Team Pulse rules: pure, from facts to a verdict. The three signs themselves are in signs.ts. */
import { priorityOf } from '../../../domain/priority.ts';
import type { Assessment, Draft } from '../../../domain/sop.ts';
import { expiryAfter } from '../shared/expiry.ts';
import { evidenceOf, factsOf, nameOf, notesOf, reasoningOf } from './card.ts';
import { inviteFor, startOf } from './invite.ts';
import { signsOf, team_pulse_settings, type Engineer, type Signs, type TeamPulseSettings } from './signs.ts';
import { day_ms, type DaysOff } from './working-days.ts';

/** Everything the rules look at, as JSON: it is kept in the graph's checkpoint. Times are ISO 8601. */
export interface TeamPulseFacts {
  org_id: string;
  event_id: string;
  event_at: string;
  /** Reported by a person rather than signed by GitHub. */
  reported: boolean;
  /** The GitHub organisation, or the account, that was pushed to; null when the event names none. */
  organisation: string | null;
  /** Whether anybody was told to be away well above usual; when not, nobody was looked at further. */
  somebody_is_away: boolean;
  /** Logins in lower case: who pushed, and whose commits they are. */
  authors: string[];
  /** When the window ends in which commits were counted: with the newest push of the organisation. */
  until: string;
  engineers: Engineer[];
  holidays: DaysOff[];
  /** Whom to invite; null when nobody is known. */
  founder: { email: string; from: 'context' | 'member' } | null;
}

export interface Judged {
  engineer: Engineer;
  signs: Signs;
}

/** What to propose, or why nothing. */
export function assessTeamPulse(facts: TeamPulseFacts, now: Date, settings: TeamPulseSettings = team_pulse_settings): Assessment {
  if (facts.organisation === null) return { propose: false, reason: 'the push names no repository' };
  if (!facts.somebody_is_away)
    return {
      propose: false,
      reason: `nobody is at risk: nobody is known to have ${settings.pto_days_over_baseline_min} days or more of PTO above usual, and without that sign the others decide nothing`,
    };
  const present = facts.engineers.filter((engineer) => !engineer.bot && !hasLeft(engineer, now));
  const input = { until: new Date(facts.until), holidays: facts.holidays, now };
  const judged = present.map((engineer) => ({ engineer, signs: signsOf(engineer, input, settings) }));
  const at_risk = judged.filter(({ signs }) => signs.at_risk);
  if (at_risk.length === 0) return { propose: false, reason: reasonAgainst(facts, judged, now, settings) };
  if (facts.founder === null)
    return { propose: false, reason: 'nobody is known who could be invited: no founder was told and there is no owner' };
  const { email } = facts.founder;
  // Nobody meets themselves.
  const others = at_risk.filter(({ engineer }) => engineer.email?.toLowerCase() !== email.toLowerCase());
  if (others.length === 0) return { propose: false, reason: 'only the founder is at risk, whom the invitation would go to' };
  const urgency = at_risk.length >= settings.several_engineers_min ? 'high' : 'low';
  const card = { facts, to: email, at_risk: at_risk.length, urgency, now, settings } as const;
  return { propose: true, drafts: others.map((one) => draftFor(one, card)) };
}

function hasLeft({ departed_at }: Engineer, now: Date): boolean {
  return departed_at !== null && Date.parse(departed_at) <= now.getTime();
}

interface CardInput {
  facts: TeamPulseFacts;
  to: string;
  at_risk: number;
  urgency: Draft['urgency'];
  now: Date;
  settings: TeamPulseSettings;
}

function draftFor(judged: Judged, { facts, to, at_risk, urgency, now, settings }: CardInput): Draft {
  const { engineer } = judged;
  const login = engineer.login.toLowerCase();
  const subject = `github:user:${login}`;
  const starts_at = startOf(new Date(facts.event_at), now, facts.holidays, settings);
  const payload = inviteFor({ org_id: facts.org_id, subject, name: nameOf(engineer), to, starts_at }, settings);
  return {
    subject,
    subjects: [subject],
    joins: facts.authors.includes(login),
    action: { action_type: 'api_call', operation: 'calendar.invite', payload },
    urgency,
    title: `${nameOf(engineer)}: time for a 1:1`,
    facts: factsOf(judged, { facts, at_risk, starts_at, settings }),
    reasoning: reasoningOf(judged, { at_risk, settings }),
    evidence: evidenceOf(judged, facts, settings),
    priority: priorityOf({ urgency, needs_edit: false, vip: false, renewal_near: false }),
    // An invitation into the past helps nobody, so the time is a fact that may change.
    basis: { to, engineer: login, starts_at: payload.starts_at },
    flags: [],
    notes: notesOf(judged, facts, settings),
    escalates_from: now,
    escalates_at: new Date(now.getTime() + settings.escalate_after_hours * 3_600_000),
    expires_at: expiryAfter(now, settings.expire_after_days * day_ms),
  };
}

/** Counts only: who shows a sign but is not at risk is nobody's business in a log. */
function reasonAgainst(facts: TeamPulseFacts, judged: readonly Judged[], now: Date, settings: TeamPulseSettings): string {
  const count = (holds: (signs: Signs) => boolean | undefined) => judged.filter(({ signs }) => holds(signs)).length;
  const bots = facts.engineers.filter(({ bot }) => bot).length;
  const left = facts.engineers.filter((engineer) => !engineer.bot && hasLeft(engineer, now)).length;
  const explained = count(({ commits }) => commits.explained);
  const left_out = [bots > 0 && some(bots, 'bot'), left > 0 && `${some(left, 'person', 'people')} who left`].filter(
    (part) => part !== false,
  );
  const signs = [
    `commits fell by ${settings.commit_drop_percent_min} % or more for ${count(({ commits }) => commits.fell)}`,
    ...(explained > 0 ? [`holidays explain the drop of ${explained}`] : []),
    `PTO is ${settings.pto_days_over_baseline_min} days or more above usual for ${count(({ pto }) => pto?.spike)}`,
    `sentiment is ${settings.sentiment_max} or lower for ${count(({ sentiment }) => sentiment?.low)}`,
  ];
  return [
    judged.length === 0
      ? 'nobody is at risk: there is no engineer to look at'
      : `nobody is at risk: of ${some(judged.length, 'engineer')} none shows all three signs (${signs.join(', ')})`,
    ...(left_out.length > 0 ? [`left out: ${left_out.join(' and ')}`] : []),
  ].join('; ');
}

function some(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

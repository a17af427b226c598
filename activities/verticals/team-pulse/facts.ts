/** Gathers who works in the GitHub organisation of a push, what was counted of them, and what owners told. */
import type { StoredEvent } from '../../../domain/sop.ts';
import type { Database } from '../../../prisma/database.ts';
import { holidays, team, type TeamMember } from '../../../prisma/told.ts';
import { isBot, readPush } from '../../../providers/github/shapes.ts';
import type { People } from '../people.ts';
import { addressOf, inert } from '../shared/customer.ts';
import { readPushes, type Pushes, type StoredCommit } from './pushes.ts';
import type { TeamPulseFacts } from './rules.ts';
import { moodOf } from './sentiment.ts';
import { spikes, type Engineer, type TeamPulseSettings, type Told } from './signs.ts';
import { day_ms } from './working-days.ts';

export interface FactsDeps {
  db: Pick<Database, 'sql'>;
  people: Pick<People, 'founderOf'>;
}

/** Throws when Postgres is down. Everything is stored here, so what is read is always fresh. */
export async function gatherTeamPulse(
  { db, people }: FactsDeps,
  event: StoredEvent,
  settings: Pick<TeamPulseSettings, 'window_days' | 'pto_days_over_baseline_min' | 'told_days_max'>,
): Promise<TeamPulseFacts> {
  const { window_days } = settings;
  const push = readPush(event.payload);
  const organisation = push?.repository?.organisation ?? null;
  const { org_id, occurred_at: event_at } = event;
  const [told, days_off, founder] = await Promise.all([team(db.sql, org_id), holidays(db.sql, org_id), people.founderOf(org_id)]);
  // Four weeks of pushes are much to read, and without this sign the others decide nothing.
  const somebody_is_away = told.some((member) => isAway(member, event.received_at, settings));
  const read =
    organisation !== null && somebody_is_away
      ? await readPushes(db, { org_id, organisation, event_at, window_days })
      : { until: event_at, pushes: [] };
  const invitee = addressOf(founder?.email);
  const authors = [push?.sender?.login, ...(push?.commits.map(({ author }) => author?.login) ?? [])];
  return {
    org_id,
    event_id: event.id,
    event_at: event_at.toISOString(),
    reported: event.source === 'manual',
    organisation,
    somebody_is_away,
    authors: [...new Set(authors.flatMap((login) => login?.toLowerCase() ?? []))],
    until: read.until.toISOString(),
    engineers: organisation === null || !somebody_is_away ? [] : engineersOf(organisation, read, told, window_days),
    holidays: days_off
      .filter(({ end }) => end.getTime() > read.until.getTime() - 2 * window_days * day_ms)
      .map(({ start, end }) => ({ start: start.toISOString(), end: end.toISOString() })),
    founder: founder === null || invitee === null ? null : { email: invitee, from: founder.from },
  };
}

/** Whether what was told can be a spike; the rules look at it closely. */
function isAway(
  { pto_days_last_14d: days, pto_days_baseline_14d: usually, as_of }: TeamMember,
  received_at: Date,
  settings: Parameters<typeof gatherTeamPulse>[2],
): boolean {
  const lapsed = received_at.getTime() - as_of.getTime() > settings.told_days_max * day_ms;
  return !lapsed && days !== undefined && usually !== undefined && spikes(days - usually, settings);
}

/** Who was seen in stored pushes. */
interface Seen {
  login: string;
  bot: boolean;
  /** The organisations whose pushes showed them. */
  organisations: Set<string>;
  /** As GitHub matched them with the account. */
  emails: Set<string>;
  /** By sha, each with the time of the first push that had it. */
  commits: Map<string, StoredCommit & { pushed_at: Date }>;
}

/** Everyone of the organisation: seen there, or told and seen nowhere else. By login. */
function engineersOf(organisation: string, { until, pushes }: Pushes, told: readonly TeamMember[], window_days: number): Engineer[] {
  const seen = seenIn(pushes, loginsByAddress(told));
  const engineers = new Map<string, Engineer>();
  for (const one of seen.values()) {
    const member = told.find((candidate) => isSame(candidate, one)) ?? null;
    if (one.organisations.has(organisation)) engineers.set(one.login.toLowerCase(), engineerOf(one, member, until, window_days));
  }
  for (const member of told) {
    const login = member.github_login?.toLowerCase();
    if (member.github_login === undefined || login === undefined || seen.has(login)) continue;
    engineers.set(login, engineerOf(newcomer(member.github_login), member, until, window_days));
  }
  return [...engineers.values()].toSorted((a, b) => (a.login.toLowerCase() < b.login.toLowerCase() ? -1 : 1));
}

/** GitHub names nobody for an address that no account has; an owner may have told whose it is. */
function loginsByAddress(told: readonly TeamMember[]): Map<string, string> {
  return new Map(
    told.flatMap(({ email, github_login }) =>
      email === undefined || github_login === undefined ? [] : [[email.toLowerCase(), github_login]],
    ),
  );
}

function seenIn(pushes: Pushes['pushes'], logins: ReadonlyMap<string, string>): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  const meet = (login: string, organisation: string, bot: boolean): Seen => {
    const one = seen.get(login.toLowerCase()) ?? newcomer(login);
    seen.set(login.toLowerCase(), one);
    one.organisations.add(organisation);
    one.bot ||= bot;
    return one;
  };
  for (const { organisation, sender, commits, at } of pushes) {
    if (sender !== null) meet(sender.login, organisation, sender.bot);
    for (const commit of commits) {
      const login = commit.login ?? logins.get(commit.email?.toLowerCase() ?? '') ?? null;
      if (login === null) continue;
      const author = meet(login, organisation, commit.bot);
      if (commit.email !== null) author.emails.add(commit.email.toLowerCase());
      const known = author.commits.get(commit.sha);
      if (known === undefined || at < known.pushed_at) author.commits.set(commit.sha, { ...commit, pushed_at: at });
    }
  }
  return seen;
}

function newcomer(login: string): Seen {
  return { login, bot: isBot({ login, type: null }), organisations: new Set(), emails: new Set(), commits: new Map() };
}

/** By login; somebody who was told without one, by the address that GitHub knows the account by. */
function isSame({ github_login, email }: TeamMember, { login, emails }: Seen): boolean {
  if (github_login !== undefined) return github_login.toLowerCase() === login.toLowerCase();
  return email !== undefined && emails.has(email.toLowerCase());
}

function engineerOf({ login, bot, commits }: Seen, member: TeamMember | null, until: Date, window_days: number): Engineer {
  const between = (from_days: number, to_days: number) =>
    [...commits.values()].filter(({ at }) => {
      const age_ms = until.getTime() - at.getTime();
      return age_ms >= from_days * day_ms && age_ms < to_days * day_ms;
    });
  const last = between(0, window_days);
  return {
    login,
    name: inert(member?.name),
    email: member?.email ?? null,
    bot: bot || (member?.bot ?? false),
    departed_at: member?.departed_at?.toISOString() ?? null,
    told: member && toldOf(member),
    counted: {
      previous: between(window_days, 2 * window_days).length,
      last: last.length,
      last_since_told: member === null ? 0 : last.filter(({ pushed_at }) => pushed_at > member.as_of).length,
      mood: moodOf(last.map(({ message }) => message)),
    },
  };
}

function toldOf(member: TeamMember): Told {
  return {
    as_of: member.as_of.toISOString(),
    commits_previous: member.commits_previous_14d ?? null,
    commits_last: member.commits_last_14d ?? null,
    pto_days: member.pto_days_last_14d ?? null,
    pto_days_baseline: member.pto_days_baseline_14d ?? null,
    sentiment: member.sentiment ?? null,
  };
}

/** Who is who: the founder, and the Slack user behind an address or a GitHub login. */
import type { Database } from '../../prisma/database.ts';
import { linkedSlackUser } from '../../prisma/slack-links.ts';
import { founder, team } from '../../prisma/told.ts';
import { inert } from './shared/customer.ts';

export interface SlackUser {
  slack_user_id: string;
  name: string;
  /** How it is known: linked in ExecOps, told by an owner, or by Slack's own directory. */
  known_by: 'link' | 'context' | 'slack';
}

export interface People {
  /** Null when nobody is linked, or Slack is not connected. A Slack that cannot be read counts as not known, and `unreadable` says so. */
  slackUserOf(
    org_id: string,
    person: {
      email?: string | null;
      /** An owner told the address, so it names one of us. */ email_told?: boolean;
      github_login?: string | null;
    },
  ): Promise<{ user: SlackUser | null; unreadable: string | null }>;
  /** Whether an owner told that whoever has this address is there no more. */
  hasLeft(org_id: string, email: string): Promise<boolean>;
  /** Whom an owner named as the founder, else the first owner. */
  founderOf(org_id: string): Promise<{ email: string; name: string | null; from: 'context' | 'member' } | null>;
}

/** Slack's own directory of the workspace. Throws when Slack cannot be read. */
export interface SlackDirectory {
  /** Null when nobody in the workspace has this address, or only a guest or a bot has. */
  memberByEmail(email: string): Promise<{ id: string; name: string } | null>;
}

export interface PeopleDeps {
  db: Pick<Database, 'sql'>;
  /** Null when Slack is not connected: then nobody can be written to. */
  slack: SlackDirectory | null;
}

export function createPeople({ db, slack }: PeopleDeps): People {
  return {
    async slackUserOf(org_id, { email, email_told = false, github_login }) {
      if (slack === null) return { user: null, unreadable: null };
      const told = (await team(db.sql, org_id)).find(
        (member) =>
          (github_login != null && member.github_login?.toLowerCase() === github_login.toLowerCase()) ||
          (email != null && member.email?.toLowerCase() === email.toLowerCase()),
      );
      const address = told?.email ?? email ?? null;
      const linked = address === null ? null : await linkedSlackUser(db.sql, org_id, address);
      if (linked !== null) return { user: userOf(linked.slack_user_id, linked.name, 'link'), unreadable: null };
      if (told?.slack_user_id !== undefined) return { user: userOf(told.slack_user_id, told.name, 'context'), unreadable: null };
      // Only an address that an owner told names a person of the team; one out of a webhook names anybody.
      const directory_address = told?.email ?? (email_told ? address : null);
      if (directory_address === null) return { user: null, unreadable: null };
      try {
        const found = await slack.memberByEmail(directory_address);
        return { user: found && userOf(found.id, found.name, 'slack'), unreadable: null };
      } catch (error) {
        return { user: null, unreadable: error instanceof Error ? error.message : 'Slack could not be read' };
      }
    },
    async hasLeft(org_id, email) {
      const member = (await team(db.sql, org_id)).find((one) => one.email?.toLowerCase() === email.toLowerCase());
      return member?.departed_at != null && member.departed_at <= new Date();
    },
    async founderOf(org_id) {
      const told = await founder(db.sql, org_id);
      if (told !== null) return { email: told.email, name: null, from: 'context' };
      const [owner] = await db.sql<{ email: string; name: string }>`
        select u.email, u.name from members m join "user" u on u.id = m.user_id
        where m.org_id = ${org_id} and m.role = 'owner' order by m.created_at, m.user_id limit 1`;
      return owner === undefined ? null : { ...owner, from: 'member' };
    },
  };
}

/** What somebody calls themselves in Slack is their own text. */
function userOf(slack_user_id: string, name: string | undefined, known_by: SlackUser['known_by']): SlackUser {
  return { slack_user_id, name: inert(name) ?? slack_user_id, known_by };
}

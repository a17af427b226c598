/** Whose click it is. A signature says only that Slack sent it; that a member stands behind it says the link. */
import type { Person } from '../../domain/app.ts';
import { Problem } from '../../domain/problem.ts';
import type { Database } from '../../prisma/database.ts';
import { linkedWorkspace, memberBehind } from '../../prisma/slack-links.ts';
import type { Logger } from '../log.ts';
import type { Workspace } from './workspace.ts';

/** A Slack user as a signed request names them. */
export interface SlackCaller {
  /** The workspace that the app was used in; null for an organisation-wide installation. */
  team_id: string | null;
  slack_user_id: string;
  /** The user's own workspace: another one for somebody who came through a shared channel. */
  home_team_id: string | null;
}

export interface Who {
  /** Throws a Problem that says why this user may not. */
  member(caller: SlackCaller): Promise<Person>;
  /** Somebody of the connected workspace, linked or not. Throws a Problem. */
  colleague(caller: SlackCaller): Promise<{ team_id: string; slack_user_id: string }>;
}

export interface WhoDeps {
  db: Pick<Database, 'sql'>;
  org_id: string;
  /** Null without a bot token. */
  workspace: Workspace | null;
  /** Where to sign in. */
  public_url: string;
  logger: Logger;
}

export function createWho({ db, org_id, workspace, public_url, logger }: WhoDeps): Who {
  const stranger = new Problem(
    'forbidden',
    `Your Slack user is not linked to a member. Sign in at ${public_url}/inbox, make a code under your name there, and enter /execops link CODE here.`,
  );

  /** The bot token names the workspace; without one, or while Slack cannot be asked, those who are linked already do. */
  async function connectedTeam(): Promise<string | null> {
    const team = await workspace?.team().catch(() => null);
    return team ?? linkedWorkspace(db, org_id);
  }

  async function inWorkspace({ team_id, slack_user_id, home_team_id }: SlackCaller) {
    const connected = await connectedTeam();
    const other = team_id === null || (connected !== null && team_id !== connected) || (home_team_id !== null && home_team_id !== team_id);
    if (other) throw new Problem('forbidden', 'This is not the Slack workspace that is connected here.');
    return { team_id, slack_user_id };
  }

  return {
    async member(caller) {
      const identity = await inWorkspace(caller);
      const person = await memberBehind(db, org_id, identity);
      if (person === null) throw stranger;
      const objection = await workspace?.objectionTo(identity.slack_user_id).catch((error: unknown) => {
        // That they are the workspace's own was looked up when they were linked.
        logger.warn({ err: error }, 'Slack could not say whether a linked user is still a full member');
        return null;
      });
      if (objection) throw new Problem('forbidden', objection);
      return person;
    },
    async colleague(caller) {
      const identity = await inWorkspace(caller);
      const objection = await workspace?.objectionTo(identity.slack_user_id);
      if (objection) throw new Problem('forbidden', objection);
      return identity;
    },
  };
}

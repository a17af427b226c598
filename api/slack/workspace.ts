/** The connected workspace, and who in it is one of its own people. */
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';

import { asking, SlackRefusal } from '../../providers/slack/client.ts';

export interface Workspace {
  /** The workspace behind the bot token; asked for once. Throws while Slack cannot be read. */
  team(): Promise<string>;
  /** Why this user is none of the workspace's own people; null when they are. Throws when Slack cannot be read. */
  objectionTo(slack_user_id: string): Promise<string | null>;
}

const user_answer = z.object({
  user: z.object({
    deleted: z.boolean().nullish(),
    is_bot: z.boolean().nullish(),
    is_restricted: z.boolean().nullish(),
    is_ultra_restricted: z.boolean().nullish(),
    is_stranger: z.boolean().nullish(),
  }),
});

export function createWorkspace(slack: WebClient): Workspace {
  let known: string | null = null;
  return {
    async team() {
      known ??= z.object({ team_id: z.string().min(1) }).parse(await asking('read', slack.auth.test())).team_id;
      return known;
    },
    async objectionTo(slack_user_id) {
      try {
        const { user } = user_answer.parse(await asking('read', slack.users.info({ user: slack_user_id })));
        if (user.is_bot) return 'Bots decide nothing.';
        if (user.is_restricted || user.is_ultra_restricted) return 'Guests of a workspace decide nothing.';
        if (user.is_stranger || user.deleted) return 'You are no member of the connected workspace.';
        return null;
      } catch (error) {
        if (error instanceof SlackRefusal && (error.code === 'user_not_found' || error.code === 'user_not_visible'))
          return 'You are no member of the connected workspace.';
        throw error;
      }
    },
  };
}

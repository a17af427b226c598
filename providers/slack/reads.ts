/** What is looked up in Slack's own directory of the workspace. */
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';

import { garbled } from '../http.ts';
import { asking, SlackRefusal } from './client.ts';

export interface SlackMember {
  id: string;
  name: string;
}

export interface SlackReader {
  /** Null when nobody in the workspace has this address, or only a guest or a bot has. */
  memberByEmail(email: string): Promise<SlackMember | null>;
}

const found_user = z.object({
  user: z.object({
    id: z.string().regex(/^[UW][A-Z0-9]{2,}$/),
    name: z.string().optional(),
    real_name: z.string().optional(),
    profile: z.object({ real_name: z.string().optional(), display_name: z.string().optional() }).optional(),
    deleted: z.boolean().optional(),
    is_bot: z.boolean().optional(),
    is_restricted: z.boolean().optional(),
    is_ultra_restricted: z.boolean().optional(),
    /** Somebody of another workspace, through a shared channel. */
    is_stranger: z.boolean().optional(),
  }),
});

export function createSlackDirectory(slack: WebClient): SlackReader {
  return {
    async memberByEmail(email) {
      const answer = await asking('read', slack.users.lookupByEmail({ email })).catch((error: unknown) => {
        if (error instanceof SlackRefusal && error.code === 'users_not_found') return null;
        throw error;
      });
      if (answer === null) return null;
      const read = found_user.safeParse(answer);
      if (!read.success) throw garbled('Slack', 'read');
      const { user } = read.data;
      if (user.deleted || user.is_bot || user.is_restricted || user.is_ultra_restricted || user.is_stranger) return null;
      return { id: user.id, name: user.profile?.real_name || user.real_name || user.profile?.display_name || user.name || user.id };
    },
  };
}

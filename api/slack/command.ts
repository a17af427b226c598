/** `/execops`: what waits for whoever asks, and how a Slack user becomes a member's. */
import type { App } from '@slack/bolt';
import type { KnownBlock } from '@slack/web-api';
import { z } from 'zod';

import { Problem } from '../../domain/problem.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import { urgency_names } from '../../domain/words.ts';
import type { Logger } from '../log.ts';
import { checked } from '../problems.ts';
import type { Acts } from './acts.ts';
import { showButton } from './buttons.ts';
import type { CardMessage } from './card.ts';
import { finishedInTime, settled } from './in-time.ts';
import type { Linking } from './linking.ts';
import type { Replies } from './reply.ts';
import { bold, cut, escaped, link, marked, plain } from './text.ts';
import type { SlackCaller, Who } from './who.ts';

export const command_name = '/execops';

export interface CommandDeps {
  acts: Acts;
  who: Who;
  linking: Linking;
  replies: Replies;
  public_url: string;
  logger: Logger;
}

const listed_max = 10;

/** https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling */
const command_body = z.object({
  team_id: z.string().nullish(),
  user_id: z.string(),
  channel_id: z.string().nullish(),
  text: z.string().default(''),
  response_url: z.string().nullish(),
});

type Said = Partial<CardMessage> & { text: string };

export function listenToCommand(app: App, deps: CommandDeps): void {
  const { acts, who, linking, replies, public_url, logger } = deps;

  async function answer(caller: SlackCaller, text: string): Promise<Said> {
    const [verb = 'list', ...rest] = text
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '');
    switch (verb.toLowerCase()) {
      case 'list':
        return list(caller);
      case 'link':
        return linkUp(caller, rest.join(''));
      case 'unlink':
        await linking.unlink(await who.member(caller));
        return { text: 'Unlinked. You get no cards here any more, and cannot decide here.' };
      default:
        return { text: help };
    }
  }

  async function linkUp(caller: SlackCaller, code: string): Promise<Said> {
    if (code === '')
      throw new Problem('bad_request', `Enter ${command_name} link and the code that ${public_url}/inbox shows under your name.`);
    const person = await linking.link(await who.colleague(caller), code);
    return {
      text: `Linked to ${escaped(person.name || person.email)}. What is urgent comes here from now on; ${command_name} lists what waits.`,
    };
  }

  async function list(caller: SlackCaller): Promise<Said> {
    const { views, total } = await acts.waitingFor(await who.member(caller), listed_max);
    if (total === 0) return { text: 'Nothing waits for you.' };
    const text = total === 1 ? 'One card waits for you.' : `${total} cards wait for you.`;
    return {
      text,
      blocks: [
        { type: 'section', text: plain(text) },
        ...views.map((view) => entryOf(view, acts.pageOf(view.id))),
        ...(total > views.length
          ? [{ type: 'context' as const, elements: [marked(link(`${public_url}/inbox`, `All ${total} in the inbox`))] }]
          : []),
      ],
    };
  }

  app.command(command_name, async ({ ack, body, context }) => {
    const { user_id, team_id, channel_id, text, response_url } = checked(command_body, body);
    const caller = { slack_user_id: user_id, team_id: team_id ?? null, home_team_id: null };
    let said: Said | undefined;
    const outcome = settled(async () => {
      said = await answer(caller, text);
      return { done: 'opened' };
    }, logger);
    const in_time = await finishedInTime(outcome, context);
    if (!in_time) await ack();
    const settled_as = await outcome;
    const message = settled_as.done === 'refused' ? { text: escaped(settled_as.problem.message) } : (said ?? { text: help });
    if (in_time) await ack({ response_type: 'ephemeral', ...message });
    else await replies.ephemeral({ response_url: response_url ?? null, channel: channel_id ?? null, slack_user_id: user_id }, message);
  });
}

const help = [
  `${command_name} lists what waits for you, highest priority first.`,
  `${command_name} link CODE makes this Slack user yours; the code is under your name on the web.`,
  `${command_name} unlink ends that.`,
].join('\n');

function entryOf(view: ProposalView, page: string): KnownBlock {
  return {
    type: 'section',
    text: marked(`${urgency_names[view.urgency]} · ${bold(cut(view.title, 500))}\n${link(page, 'Open')}`),
    accessory: showButton(view),
  };
}

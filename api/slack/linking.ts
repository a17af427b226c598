/** Making one Slack user one member's: a code from a signed-in page, entered in Slack. */
import { randomInt } from 'node:crypto';

import { RateLimiterRes, type RateLimiterPostgres } from 'rate-limiter-flexible';
import { z } from 'zod';

import type { Person } from '../../domain/app.ts';
import { Problem } from '../../domain/problem.ts';
import type { Database } from '../../prisma/database.ts';
import {
  linkByCode,
  link_code_minutes,
  linkOf,
  memberBehind,
  storeLinkCode,
  unlinkMember,
  type SlackIdentity,
} from '../../prisma/slack-links.ts';
import { createCounter } from '../counters.ts';
import { defineRoute, type Route } from '../route.ts';

export interface Linking {
  /** Links the Slack user to the member whose code it is. Throws a Problem. */
  link(slack: SlackIdentity, code: string): Promise<Person>;
  unlink(person: Person): Promise<boolean>;
  routes: Route[];
}

export interface LinkingDeps {
  db: Database;
  /** The organisation that Slack is connected for. */
  org_id: string;
  /** Whether a bot token is set, so that cards are sent. */
  connected: boolean;
}

/** Without letters and digits that look alike; ten of them are fifty bits. */
const code_letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const code_length = 10;
const failures_max = 5;
const failures_everywhere_max = 100;

const link_state = z.object({
  connected: z.boolean(),
  linked: z.object({ team_id: z.string(), slack_user_id: z.string(), linked_at: z.iso.datetime() }).nullable(),
});

export function createLinking({ db, org_id, connected }: LinkingDeps): Linking {
  const duration = link_code_minutes * 60;
  const by_user = createCounter(db, { name: 'slack-user', points: failures_max, seconds: duration });
  const by_everyone = createCounter(db, { name: 'slack-everyone', points: failures_everywhere_max, seconds: duration });

  async function link(slack: SlackIdentity, code: string): Promise<Person> {
    const key = `${slack.team_id}/${slack.slack_user_id}`;
    // Counted before the code is looked at, so that guesses at the same time count too; a right one is given back.
    await count(by_user, key);
    await count(by_everyone, org_id);
    await linkByCode(db, org_id, slack, normalCode(code));
    await by_user.delete(key);
    await by_everyone.reward(org_id);
    const person = await memberBehind(db, org_id, slack);
    if (person === null) throw new Problem('not_found', 'The member of this code is no member any more.');
    return person;
  }

  return {
    link,
    unlink: (person) => unlinkMember(db, person),
    routes: [
      defineRoute({
        method: 'post',
        path: '/api/slack/link-code',
        summary: `Make a one-time code, valid ${link_code_minutes} minutes, to enter in Slack as "/execops link CODE". It replaces your former one.`,
        access: 'session',
        responses: { 201: { description: 'Made.', schema: z.object({ code: z.string(), expires_at: z.iso.datetime() }) } },
        async handle({ caller: { person } }) {
          refuseElsewhere(person);
          const code = Array.from({ length: code_length }, () => code_letters[randomInt(code_letters.length)]).join('');
          const expires_at = await storeLinkCode(db, person, code);
          return { status: 201, body: { code: `${code.slice(0, 5)}-${code.slice(5)}`, expires_at: expires_at.toISOString() } };
        },
      }),
      defineRoute({
        method: 'get',
        path: '/api/slack/link',
        summary: 'Whether Slack is connected, and which Slack user is yours.',
        access: 'session',
        responses: { 200: { description: 'As it is now.', schema: link_state } },
        async handle({ caller: { person } }) {
          const own = await linkOf(db, person);
          return { status: 200, body: { connected, linked: own && { ...own, linked_at: own.linked_at.toISOString() } } };
        },
      }),
      defineRoute({
        method: 'delete',
        path: '/api/slack/link',
        summary: 'Unlink your Slack user. Clicks of theirs are refused at once.',
        access: 'session',
        responses: { 204: { description: 'Unlinked.' } },
        async handle({ caller: { person } }) {
          if (!(await unlinkMember(db, person))) throw new Problem('not_found', 'No Slack user is linked to you.');
          return { status: 204 };
        },
      }),
    ],
  };

  function refuseElsewhere(person: Person): void {
    if (person.org_id !== org_id) throw new Problem('forbidden', 'Slack is connected for another organisation of this installation.');
  }
}

async function count(limiter: RateLimiterPostgres, key: string): Promise<void> {
  await limiter.consume(key).catch((state: unknown) => {
    if (!(state instanceof RateLimiterRes)) throw state;
    throw new Problem('too_many_requests', 'Too many wrong codes. Wait ten minutes, then make a new code on the web.');
  });
}

/** As people type it: small letters, spaces and dashes. */
function normalCode(code: string): string {
  return code.toUpperCase().replace(/[^A-Z0-9]/g, '');
}

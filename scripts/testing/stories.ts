/** What happens to a startup, told as its providers tell it; each story has people and things of its own. */
import type { ParsedMail } from 'mailparser';

import type { Json } from '../../domain/text.ts';
import { githubDeploymentStatus, githubPullRequest } from '../../providers/github/testing.ts';
import { intercomConversation } from '../../providers/intercom/testing.ts';
import { sentryIssue } from '../../providers/sentry/testing.ts';
import type { Stage } from './stage.ts';

export const senior = { id: '900', slack: 'U0SENIOR', email: 'senior@example.com', name: 'Sena Senior' };
export const developer = { github_login: 'ana-dev', slack: 'U0ADEV', email: 'ana.dev@example.com', name: 'Ana Dev' };
/** Somebody of whom an owner told all three signs. */
export const quiet = { github_login: 'cleo', name: 'Cleo Quiet' };
export const founder = 'founder@example.com';
const login = { login: developer.github_login, name: developer.name, email: developer.email };

/** What an owner tells of the team, and whom Slack knows. */
export async function introduce(stage: Stage): Promise<void> {
  for (const { slack: id, email, name } of [developer, senior]) stage.slack.users.push({ id, email, name });
  const signs = {
    commits_previous_14d: 20,
    commits_last_14d: 4,
    pto_days_last_14d: 5,
    pto_days_baseline_14d: 1,
    sentiment: -0.6,
  };
  const { github_login, name, email } = developer;
  await stage.tell({
    team: [
      { github_login, name, email },
      { ...quiet, ...signs },
    ],
    founder: { email: founder },
    metrics: { service: 'shop', error_rate: 0.05 },
  });
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

/** A merged pull request as the stand-in has it. */
function putPull({ github }: Stage, number: number, title: string): void {
  if (github.pulls.some((pull) => pull.number === number)) return;
  const html_url = `https://github.com/acme/shop/pull/${number}`;
  github.pulls.push({ number, node_id: `PR_${number}`, merged: true, title, body: null, created_at: new Date().toISOString(), html_url });
}

/** The developer's pull request is merged and deployed, and breaks the shop. */
export async function spike(stage: Stage, n: number) {
  const sha = String(n % 10).repeat(40);
  const title = 'Round the total once';
  putPull(stage, n, title);
  const merged = { title, author: login, sender: login, number: n, merge_commit_sha: sha, at: minutesAgo(20) };
  await stage.deliver('github', githubPullRequest(merged), 'pull_request');
  await stage.deliver('github', githubDeploymentStatus({ id: n, sha, creator: login, at: minutesAgo(10) }), 'deployment_status');
  const issue = { id: String(n), first_seen: minutesAgo(1) };
  const event_id = await stage.deliver('sentry', sentryIssue('created', issue), 'issue');
  return {
    event_id,
    resolve: () => stage.deliver('sentry', sentryIssue('resolved', { ...issue, last_seen: new Date() }), 'issue'),
  };
}

/** A customer whom the owner told about writes to support, under an address that the owner did not tell. */
export async function vipWrites(stage: Stage, name: string) {
  const [conversation, email] = [`14${name}`, `bo-${name}@customer.example`];
  const contact = { id: `contact-${name}`, name: 'Mallory', email: 'mallory@evil.example', external_id: null };
  stage.intercom.conversations.set(conversation, { id: conversation, admin_assignee_id: null, parts: [], hidden: 0 });
  const known = { name: 'Bo Marin', email, intercom_contact_id: contact.id, owner_email: senior.email };
  await stage.tell({ customers: [{ ...known, vip: true, churn_score: 0.8, mrr_percentile: 95 }] });
  const payload = (topic: string): Json => intercomConversation(topic, { id: conversation, contact, body: '<p>My invoices vanished</p>' });
  const event_id = await stage.deliver('intercom', payload('conversation.user.created'));
  return {
    conversation,
    email,
    event_id,
    close: () => stage.deliver('intercom', payload('conversation.admin.closed')),
    mails: () => stage.smtp.mailsTo(email),
    assignments: () => stage.intercom.conversations.get(conversation)?.parts.filter(({ part_type }) => part_type === 'assignment') ?? [],
  };
}

/** What was written, and what people are called: none of it belongs into Temporal. Subjects do, such as `github:user:<login>`. */
export const personal: readonly string[] = [
  ...['@example.com', '@customer.example', '@evil.example', 'Bo Marin', 'Mallory', 'My invoices', 'Customer ', 'Round the total'],
  ...[developer, senior].flatMap(({ name, slack }) => [name, slack]),
  quiet.name,
];

/** What a calendar reads in an invitation. */
export function calendarIn({ attachments, text }: ParsedMail) {
  const file = attachments.find(({ contentType }) => contentType.startsWith('text/calendar'));
  const content = (file?.content.toString('utf8') ?? text ?? '').replaceAll(/\r?\n[ \t]/g, '');
  const read = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(content)?.[1] ?? null;
  return { method: read('METHOD'), uid: read('UID'), sequence: Number(read('SEQUENCE')), type: file?.contentType ?? null };
}

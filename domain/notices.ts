/** What tells people and programs that something waits or was decided. Nothing of it decides. */
import { z } from 'zod';

import type { Person } from './app.ts';
import { proposal_statuses, type Urgency } from './proposal.ts';

/** From which urgency on somebody is told. */
export const notice_levels = ['none', 'critical', 'high', 'all'] as const;
export type NoticeLevel = (typeof notice_levels)[number];

/** What may be told of a card. */
export const notice_kinds = ['pending', 'critical', 'reminder', 'woken', 'delegated', 'returned', 'failed', 'unknown', 'closed'] as const;
/** `closed` takes back what a device shows of a card that waits no longer. */
export type NoticeKind = (typeof notice_kinds)[number];

/** What of their own account a person is told, whatever they chose. */
export const account_notice_kinds = ['password_changed', 'passkey_added', 'passkey_removed'] as const;
export type AccountNoticeKind = (typeof account_notice_kinds)[number];

const levels_by_urgency: Record<Urgency, readonly NoticeLevel[]> = {
  low: ['all'],
  high: ['all', 'high'],
  critical: ['all', 'high', 'critical'],
};
/** Whether somebody with this level is told of something so urgent. */
export const covers = (level: NoticeLevel, urgency: Urgency): boolean => levels_by_urgency[urgency].includes(level);

export const notice_preferences = z.object({
  mail: z.enum(notice_levels),
  push: z.enum(notice_levels),
  /** The notice says only that something waits. */
  content_free: z.boolean(),
});
export type NoticePreferences = z.infer<typeof notice_preferences>;

/** As the browser's PushSubscription.toJSON() has it. */
export const push_subscription = z.object({
  endpoint: z.url().max(2_000),
  /** A point on P-256 and 16 bytes, in base64url: https://www.rfc-editor.org/rfc/rfc8291#section-3.1 */
  keys: z.object({ p256dh: z.string().regex(/^[A-Za-z0-9_-]{87}=?$/), auth: z.string().regex(/^[A-Za-z0-9_-]{22}={0,2}$/) }),
});
export type PushSubscription = z.infer<typeof push_subscription>;

/** `proposal.pending`, `proposal.approved` and so on: the status that it came to. */
export const webhook_types = proposal_statuses.map((status) => `proposal.${status}` as const);
export const webhook_request = z.object({
  url: z.url().max(2_000),
  /** Types to tell of, also without `proposal.`; empty means all. */
  events: z
    .array(z.enum([...webhook_types, ...proposal_statuses]))
    .max(20)
    .default([]),
});
export type WebhookRequest = z.input<typeof webhook_request>;
export const webhook_view = z.object({
  id: z.uuid(),
  url: z.string(),
  events: z.array(z.string()),
  created_at: z.iso.datetime(),
  /** Switched off after failing for long; null while it is on. */
  disabled_at: z.iso.datetime().nullable(),
  disabled_reason: z.string().nullable(),
  /** When it first failed of the failures that have not ended yet; null while it answers. */
  failing_since: z.iso.datetime().nullable(),
  last_delivery: z
    .object({ at: z.iso.datetime(), ok: z.boolean(), status: z.number().int().nullable(), error: z.string().nullable() })
    .nullable(),
  waiting: z.number().int(),
});
export type WebhookView = z.infer<typeof webhook_view>;
export const webhook_secret = z.object({ secret: z.string() });
export const webhook_test = z.object({ ok: z.boolean(), status: z.number().int().nullable(), detail: z.string() });
export type WebhookTest = z.infer<typeof webhook_test>;
export const push_device = z.object({
  id: z.string(),
  device: z.string(),
  created_at: z.iso.datetime(),
  /** SHA-256 of the subscription's address, by which a browser knows itself. */
  endpoint_hash: z.string(),
});
export type PushDevice = z.infer<typeof push_device>;

/** Where a person's notices would go. */
export interface NoticePlaces {
  mail_to: string;
  /** `smtp`, or `outbox` where mails stay in a folder of this machine. */
  mail_by: 'smtp' | 'outbox';
}

export interface NoticesApp {
  noticePreferences(person: Person): Promise<NoticePreferences>;
  setNoticePreferences(person: Person, wanted: Partial<NoticePreferences>): Promise<NoticePreferences>;
  /** The public key that a browser subscribes with (VAPID, RFC 8292). */
  pushKey(): Promise<string>;
  noticePlaces(person: Person): NoticePlaces;
  pushDevices(person: Person): Promise<PushDevice[]>;
  /** `device` is how the browser names itself. */
  addPushDevice(person: Person, subscription: PushSubscription, device: string): Promise<PushDevice>;
  removePushDevice(person: Person, id: string): Promise<void>;
  webhooks(person: Person): Promise<WebhookView[]>;
  /** `secret` is shown once. */
  addWebhook(person: Person, request: WebhookRequest): Promise<WebhookView & { secret: string }>;
  removeWebhook(person: Person, id: string): Promise<void>;
  /** Sends one test message now and says what came back. */
  testWebhook(person: Person, id: string): Promise<WebhookTest>;
  /** The new secret is shown once; the old one signs too for a day. */
  rotateWebhook(person: Person, id: string): Promise<{ secret: string }>;
  /** One that was switched off for failing is told again from now on. */
  enableWebhook(person: Person, id: string): Promise<WebhookView>;
}

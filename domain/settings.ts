/** What of the product's own rules an organisation may change, and how it is shown. */
import { z } from 'zod';

import { action_types, type ActionType } from './action.ts';
import type { Person } from './app.ts';
import { setting_value, type SettingValue } from './setting-registry.ts';
import type { Proposed } from './wire/draft.ts';

export { setting_value, type SettingValue };

export const setting_view = z.object({
  /** `money.top_percent`, `organisation.undo_seconds`. */
  key: z.string(),
  /** The procedure it belongs to, or `organisation`. */
  group: z.string(),
  label: z.string(),
  /** What it does, in a sentence. */
  help: z.string(),
  kind: z.enum(['number', 'switch', 'text']),
  unit: z.string().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  step: z.number().nullable(),
  default: setting_value,
  value: setting_value,
  changed_at: z.iso.datetime().nullable(),
  changed_by_name: z.string().nullable(),
  /** A change that waits in the inbox. */
  pending: z.object({ proposal_id: z.uuid(), to: setting_value }).nullable(),
});
export type SettingView = z.infer<typeof setting_view>;

export const setting_request = z.object({ setting: z.string().max(100), value: setting_value });
export type SettingRequest = z.infer<typeof setting_request>;

export const approver_list = z.object({
  action_type: z.enum(action_types),
  members: z.array(z.object({ user_id: z.string(), name: z.string(), email: z.string(), role: z.string() })),
});
export type ApproverList = z.infer<typeof approver_list>;

export const connection_view = z.object({
  name: z.string(),
  connected: z.boolean(),
  detail: z.string(),
  /** Whether there is something to ask whether it works. */
  testable: z.boolean(),
});
export type ConnectionView = z.infer<typeof connection_view>;
export const connection_test = z.object({ ok: z.boolean(), detail: z.string(), took_ms: z.number() });
export type ConnectionTest = z.infer<typeof connection_test>;

export interface SettingsApp {
  settings(person: Person): Promise<SettingView[]>;
  /** Drafts the change as a card of its own, which an owner approves. */
  proposeSetting(person: Person, request: SettingRequest): Promise<Proposed>;
  approvers(person: Person): Promise<ApproverList[]>;
  /** An owner's own act, at once: a list that is empty could otherwise never be filled again. */
  setApprovers(person: Person, action_type: ActionType, user_ids: string[]): Promise<ApproverList[]>;
  connections(person: Person): Promise<ConnectionView[]>;
  /** Asks the provider something harmless. */
  testConnection(person: Person, name: string): Promise<ConnectionTest>;
}

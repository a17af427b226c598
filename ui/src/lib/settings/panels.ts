/** The panels of the settings drawer, in their order: one line each. */
import Bell from '@lucide/svelte/icons/bell';
import ClipboardCheck from '@lucide/svelte/icons/clipboard-check';
import Database from '@lucide/svelte/icons/database';
import KeyRound from '@lucide/svelte/icons/key-round';
import Plug from '@lucide/svelte/icons/plug';
import SlidersHorizontal from '@lucide/svelte/icons/sliders-horizontal';
import UserRound from '@lucide/svelte/icons/user-round';
import UsersRound from '@lucide/svelte/icons/users-round';
import Webhook from '@lucide/svelte/icons/webhook';

import { roles, type Role } from '#domain/people.ts';
import { settings_path } from '#lib/paths.ts';

const everybody = roles;
const deciders: readonly Role[] = ['owner', 'ops_lead'];

export const panels = [
  { path: 'account', name: 'Your account', icon: UserRound, seen_by: everybody, about: 'Password, passkeys, where you are signed in' },
  { path: 'people', name: 'People', icon: UsersRound, seen_by: everybody, about: 'Members, roles and invitations' },
  { path: 'keys', name: 'Keys', icon: KeyRound, seen_by: everybody, about: 'For scripts that read and propose, and for agents' },
  {
    path: 'procedures',
    name: 'Procedures',
    icon: SlidersHorizontal,
    seen_by: everybody,
    about: 'What makes a card, and from which figure on',
  },
  {
    path: 'approvals',
    name: 'Approvals',
    icon: ClipboardCheck,
    seen_by: everybody,
    about: 'Who decides what, and how long it can be undone',
  },
  { path: 'connections', name: 'Connections', icon: Plug, seen_by: deciders, about: 'What is connected, and whether it answers' },
  { path: 'notifications', name: 'Notifications', icon: Bell, seen_by: everybody, about: 'Mail and push when something waits for you' },
  { path: 'webhooks', name: 'Webhooks', icon: Webhook, seen_by: ['owner'], about: 'Your own programs hear of every change' },
  { path: 'data', name: 'Data', icon: Database, seen_by: everybody, about: 'Export of proposals, decisions and audit' },
] as const satisfies { path: string; name: string; icon: typeof Plug; seen_by: readonly Role[]; about: string }[];

export type Panel = (typeof panels)[number];

export const panelPath = (path: Panel['path']): string => `${settings_path}/${path}`;

export function panelsFor(role: Role): Panel[] {
  return panels.filter(({ seen_by }) => (seen_by as readonly Role[]).includes(role));
}

/** Every address of the interface, in one place. */
import { resolve } from '$app/paths';

export const inbox_path = resolve('/(app)/inbox');
export const more_path = resolve('/(app)/inbox/more');
export const quiet_path = resolve('/(app)/inbox/events/quiet');
export const pending_path = resolve('/(app)/inbox/pending');
export const events_path = resolve('/(app)/inbox/events');
export const settings_path = resolve('/(app)/inbox/settings');
export const sign_in_path = resolve('/sign-in');
export const sign_out_path = resolve('/sign-out');
/** What stands before every path when the product is served below one. */
export const base_path = resolve('/').replace(/\/$/, '');
export const stream_path = `${base_path}/api/stream`;

export const proposalPath = (id: string): string => resolve('/(app)/inbox/[id]', { id });
export const proposalViewPath = (id: string): string => resolve('/(app)/inbox/[id]/view', { id });
export const proposalFieldsPath = (id: string): string => resolve('/(app)/inbox/[id]/fields', { id });
/** For what takes a fresh sign-in: whoever is signed in already is asked again there. */
export const signInAgainPath = (back: string): string => `${sign_in_path}?${new URLSearchParams({ again: '1', next: back })}`;
export const eventPath = (id: string): string => resolve('/(app)/inbox/events/[id]', { id });

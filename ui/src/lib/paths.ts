/** Every address of the interface, in one place. */
import { resolve } from '$app/paths';

export const inbox_path = resolve('/(app)/inbox');
export const pending_path = resolve('/(app)/inbox/pending');
export const events_path = resolve('/(app)/inbox/events');
export const sign_in_path = resolve('/sign-in');
export const sign_out_path = resolve('/sign-out');
/** What stands before every path when the product is served below one. */
export const base_path = resolve('/').replace(/\/$/, '');
export const stream_path = `${base_path}/api/stream`;

export const proposalPath = (id: string): string => resolve('/(app)/inbox/[id]', { id });
export const proposalViewPath = (id: string): string => resolve('/(app)/inbox/[id]/view', { id });
export const eventPath = (id: string): string => resolve('/(app)/inbox/events/[id]', { id });

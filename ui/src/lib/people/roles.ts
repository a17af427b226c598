/** The roles in words: what each may do. */
import type { Role } from '#domain/people.ts';

export const role_names: Record<Role, string> = { owner: 'Owner', ops_lead: 'Ops lead', viewer: 'Viewer' };

export const role_abouts: Record<Role, string> = {
  owner: 'Decides everything, and looks after people and settings',
  ops_lead: 'Decides what is of low urgency or was delegated to them',
  viewer: 'Reads everything and decides nothing',
};

/** Said inside a sentence: joins as an owner, as an ops lead. */
export const role_phrases: Record<Role, string> = { owner: 'an owner', ops_lead: 'an ops lead', viewer: 'a viewer' };

/** A provider call as a person reads it: what it does to what, from the sealed payload alone. */
import { textOf } from './payload.ts';
import type { Json } from './text.ts';

export interface Call {
  /** What happens, as a sentence's start: `Opens a pull request on GitHub`. */
  does: string;
  rows: { label: string; value: string; as: 'text' | 'id' | 'moment' }[];
  /** Words that somebody will read. */
  text: string;
}

/** Null for a call that has no picture of its own. */
export function callOf(operation: string | null, payload: Json): Call | null {
  const value = (name: string) => textOf(payload, name);
  const number = (name: string) => numberOf(payload, name);
  switch (operation) {
    case 'stripe.pause_collection':
      return {
        does: 'Pauses collection on a Stripe subscription; invoices are kept as drafts',
        rows: [
          { label: 'Subscription', value: value('subscription'), as: 'id' },
          { label: 'Collects again by itself', value: value('resumes_at'), as: 'moment' },
        ],
        text: '',
      };
    case 'stripe.resume_collection':
      return {
        does: 'Collects automatically again on a Stripe subscription',
        rows: [{ label: 'Subscription', value: value('subscription'), as: 'id' }],
        text: '',
      };
    case 'github.revert_pull_request':
      return {
        does: 'Opens a pull request on GitHub that reverts another; a person merges it',
        rows: [
          { label: 'Repository', value: value('repository'), as: 'id' },
          { label: 'Reverts', value: `#${number('pull_request')}`, as: 'id' },
          { label: 'Title', value: value('title'), as: 'text' },
        ],
        text: value('body'),
      };
    case 'github.revert_commit':
      return {
        does: 'Opens a pull request on GitHub that takes one commit back; a person merges it',
        rows: [
          { label: 'Repository', value: value('repository'), as: 'id' },
          { label: 'Takes back', value: value('sha'), as: 'id' },
          { label: 'On', value: value('base'), as: 'id' },
          { label: 'Title', value: value('title'), as: 'text' },
        ],
        text: value('body'),
      };
    case 'github.redeploy':
      return {
        does: 'Runs a deployment workflow on GitHub with an earlier commit',
        rows: [
          { label: 'Repository', value: value('repository'), as: 'id' },
          { label: 'Workflow', value: value('workflow'), as: 'id' },
          { label: 'On', value: value('ref'), as: 'id' },
          { label: 'Commit', value: value('sha'), as: 'id' },
        ],
        text: '',
      };
    case 'intercom.reply':
      return {
        does: 'Replies in Intercom',
        rows: [{ label: 'Conversation', value: value('conversation'), as: 'id' }],
        text: value('body'),
      };
    case 'intercom.assign':
      return {
        does: 'Assigns a conversation in Intercom',
        rows: [
          { label: 'Conversation', value: value('conversation'), as: 'id' },
          { label: 'To', value: value('assignee_id'), as: 'id' },
        ],
        text: '',
      };
    case 'calendar.invite':
    case 'calendar.cancel':
      return {
        does: operation === 'calendar.invite' ? 'Sends a calendar invitation by mail' : 'Cancels a meeting by mail',
        rows: [
          { label: 'To', value: value('to'), as: 'text' },
          { label: 'Meeting', value: value('summary'), as: 'text' },
          { label: 'Starts', value: value('starts_at'), as: 'moment' },
          { label: 'Lasts', value: `${number('duration_minutes')} minutes`, as: 'text' },
        ],
        text: value('description'),
      };
    case 'hubspot.create_task':
      return {
        does: 'Creates a task in HubSpot',
        rows: [
          { label: 'Task', value: value('subject'), as: 'text' },
          { label: 'Due', value: value('due_at'), as: 'moment' },
          { label: 'Owner', value: value('owner_id') || 'nobody', as: 'id' },
          { label: 'Contact', value: value('contact_id') || 'none', as: 'id' },
        ],
        text: value('body'),
      };
    case 'settings.change':
      return {
        does: 'Changes a setting of this organisation',
        rows: [
          { label: 'Setting', value: value('setting'), as: 'id' },
          { label: 'Now', value: plainOf(payload, 'from'), as: 'text' },
          { label: 'Then', value: plainOf(payload, 'to'), as: 'text' },
        ],
        text: '',
      };
    default:
      return null;
  }
}

/** A number, a switch or a text as it is sealed. */
function plainOf(payload: Json, key: string): string {
  if (payload === null || typeof payload !== 'object' || Array.isArray(payload)) return '';
  const value = payload[key];
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === '' ? 'nothing' : String(value ?? '');
}

function numberOf(payload: Json, key: string): number {
  if (payload === null || typeof payload !== 'object' || Array.isArray(payload)) return 0;
  const value = payload[key];
  return typeof value === 'number' ? value : 0;
}

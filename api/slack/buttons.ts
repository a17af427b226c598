/** What can be done about a card in Slack. A button names the version that was seen, and never carries what would run. */
import type { ActionsBlock, Button, ConfirmationDialog, StaticSelect } from '@slack/web-api';

import type { ProposalView } from '../../domain/wire/card.ts';
import { snooze_choices } from './snoozing.ts';
import { plain } from './text.ts';

export const approve_id = 'execops_approve';
export const edit_id = 'execops_edit';
export const reject_id = 'execops_reject';
export const snooze_id = 'execops_snooze';
export const show_id = 'execops_show';
export const open_id = 'execops_open';

/** The version that a person looked at when they clicked. */
export interface Seen {
  proposal_id: string;
  version: number;
  payload_hash: string;
}

export function buttonsFor(view: ProposalView, page: string): ActionsBlock {
  const seen = seenIn(view);
  const blocked = view.flags.includes('blocked_by_policy');
  return {
    type: 'actions',
    // The options of a menu are too short to name the version, so its block does.
    block_id: `execops_card.${seen}`,
    elements: [
      ...(blocked ? [] : [{ ...button(approve_id, 'Approve', seen, 'primary'), ...secondLook(view) }, button(edit_id, 'Edit', seen)]),
      button(reject_id, 'Reject', seen, 'danger'),
      snoozeMenu(),
      { type: 'button', action_id: open_id, text: plain('Open'), url: page },
    ],
  };
}

export function showButton(view: ProposalView): Button {
  return button(show_id, 'Show', seenIn(view));
}

/** The same for every way to write it down: `<id>.<version>.<hash>`, optionally behind a block's name. */
export function seenIn({ id, version, payload_hash }: Pick<ProposalView, 'id' | 'version' | 'payload_hash'>): string {
  return `${id}.${version}.${payload_hash}`;
}

export function readSeen(text: string): Seen | null {
  const [, proposal_id, version, payload_hash] =
    /^(?:execops_card\.)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,9})\.([0-9a-f]{64})$/.exec(text) ?? [];
  if (proposal_id === undefined || payload_hash === undefined) return null;
  return { proposal_id, version: Number(version), payload_hash };
}

/** Slack's own question before the click counts: https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object */
function secondLook({ gesture }: ProposalView): { confirm?: ConfirmationDialog } {
  if (gesture.kind !== 'confirm') return {};
  return {
    confirm: {
      title: plain('Approve it?', 100),
      text: plain(gesture.reason ?? 'Read it once more.', 300),
      confirm: plain('Approve', 30),
      deny: plain('Not yet', 30),
      style: 'danger',
    },
  };
}

function button(action_id: string, label: string, value: string, style?: 'primary' | 'danger'): Button {
  return { type: 'button', action_id, text: plain(label), value, ...(style && { style }) };
}

function snoozeMenu(): StaticSelect {
  return {
    type: 'static_select',
    action_id: snooze_id,
    placeholder: plain('Snooze'),
    options: Object.entries(snooze_choices).map(([value, label]) => ({ text: plain(label), value })),
  };
}

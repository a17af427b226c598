import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';

import type { ProposalState } from '../domain/contract.ts';
import type { SearchAttributeName } from '../domain/search-attributes.ts';

const key = <Name extends SearchAttributeName, Type extends 'KEYWORD' | 'INT' | 'KEYWORD_LIST'>(name: Name, type: Type) =>
  defineSearchAttributeKey(name, type);
const vertical = key('ExecOpsVertical', 'KEYWORD');
const urgency = key('ExecOpsUrgency', 'KEYWORD');
const open_proposals = key('ExecOpsOpenProposals', 'INT');
const proposal_ids = key('ExecOpsProposalIds', 'KEYWORD_LIST');
const subject = key('ExecOpsSubject', 'KEYWORD_LIST');

/** Shows where the proposals stand in the Temporal UI, in ids and states only; writes to the history only what changed. */
export function createOperatorView(): (proposals: ProposalState[]) => void {
  let shown = '';
  return (proposals) => {
    const [first] = proposals;
    const open = proposals.filter((proposal) => proposal.open);
    const state = JSON.stringify([first?.urgency, open.map(({ proposal_id }) => proposal_id)]);
    if (first === undefined || state === shown) return;
    shown = state;
    const attributes: SearchAttributePair[] = [
      { key: vertical, value: first.vertical },
      { key: urgency, value: first.urgency },
      { key: open_proposals, value: open.length },
      { key: proposal_ids, value: proposals.map(({ proposal_id }) => proposal_id) },
      { key: subject, value: [...new Set(proposals.map((proposal) => proposal.subject))] },
    ];
    upsertSearchAttributes(attributes);
    setCurrentDetails(open.length === 0 ? 'Nothing is open.' : `Open: ${open.map(({ proposal_id }) => proposal_id).join(', ')}`);
  };
}

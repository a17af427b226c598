/** What operators can search workflows by in the Temporal UI. Ids and states only. A local server has few slots of each kind: 3 numbers, 3 lists. */
export const search_attributes = {
  ExecOpsVertical: 'KEYWORD',
  ExecOpsUrgency: 'KEYWORD',
  ExecOpsOpenProposals: 'INT',
  ExecOpsProposalIds: 'KEYWORD_LIST',
  ExecOpsSubject: 'KEYWORD_LIST',
} as const;
export type SearchAttributeName = keyof typeof search_attributes;

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { execution_moves, isOpen, mayMove, proposal_moves, proposal_statuses, type ProposalStatus } from './proposal.ts';

const legal: readonly (readonly [ProposalStatus, ProposalStatus])[] = [
  ['pending', 'approved'],
  ['pending', 'rejected'],
  ['pending', 'expired'],
  ['pending', 'superseded'],
  ['approved', 'executed'],
  ['approved', 'failed'],
  ['approved', 'unknown'],
  ['approved', 'pending'],
  ['unknown', 'executed'],
  ['unknown', 'failed'],
  ['failed', 'pending'],
];

describe('a proposal', () => {
  test.each(legal)('may move from %s to %s', (from, to) => {
    expect(mayMove(from, to)).toBe(true);
  });

  test('may make no move that is not in the table, and never stays where it is', () => {
    for (const from of proposal_statuses) {
      for (const to of proposal_statuses) expect(mayMove(from, to)).toBe((proposal_moves[from] as readonly string[]).includes(to));
      expect(mayMove(from, from)).toBe(false);
    }
  });

  test('is done for good once executed, rejected, expired or superseded', () => {
    for (const status of ['executed', 'rejected', 'expired', 'superseded'] as const) {
      expect(proposal_moves[status]).toEqual([]);
      expect(isOpen(status)).toBe(false);
    }
  });

  test('reaches executed on no path that does not pass an approval', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...proposal_statuses), { maxLength: 12 }), (wishes) => {
        const path: ProposalStatus[] = ['pending'];
        for (const wish of wishes) if (mayMove(path.at(-1) ?? 'pending', wish)) path.push(wish);
        const executed = path.indexOf('executed');
        if (executed >= 0) expect(path.slice(0, executed)).toContain('approved');
        const unknown = path.indexOf('unknown');
        if (unknown >= 0) expect(['executed', 'failed', undefined]).toContain(path[unknown + 1]);
      }),
      { numRuns: 2_000 },
    );
  });
});

test('an execution of unknown outcome never runs again', () => {
  expect(execution_moves.unknown).toEqual(['succeeded', 'failed']);
  for (const [from, targets] of Object.entries(execution_moves)) {
    if (from !== 'queued') expect(targets).not.toContain('running');
  }
});

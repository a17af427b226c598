import type { ProposalView } from '#domain/wire.ts';

/** A proposal as the inbox shows it. */
export interface Card extends ProposalView {
  /** What the last execution ended with; only looked up for the failed and the unknown. */
  error: string | null;
}

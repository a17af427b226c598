/** Ledgers as banks and bookkeeping export them. */
import type { Json } from '../../domain/text.ts';

export const bank_csv = `Date,Description,Amount,Currency,Balance
2026-11-18,"Cloud Hosting, Inc.",-120.50,USD,10000.00
2026-11-19,Payroll,"-4,000.00",USD,6000.00
`;

export function ledgerTransactions(more: { [key: string]: Json } = {}): { [key: string]: Json } {
  return {
    transactions: [{ date: '2026-11-18', vendor: 'Cloud Hosting', amount: '-120.50', currency: 'USD', balance: '10000.00', ...more }],
  };
}

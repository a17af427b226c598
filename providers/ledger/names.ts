/** What sources call their columns. */
import type { Column } from './rows.ts';

/** In lower case, without separators and without a currency or brackets at their end. */
const columns_by_name: ReadonlyMap<string, Column> = new Map(
  Object.entries({
    date: 'date bookingdate transactiondate posteddate postingdate postdate valuedate completeddate createdat occurredat postedat buchungstag buchungsdatum',
    vendor:
      'vendor description merchant payee counterparty counterpartyname name merchantname transactiondescription details narrative memo reference beneficiary verwendungszweck',
    amount: 'amount value transactionamount sum betrag umsatz',
    amount_minor: 'amountminor amountcents amountinminorunits amountincents',
    debit: 'debit debitamount paidout moneyout withdrawal withdrawals soll',
    credit: 'credit creditamount paidin moneyin deposit deposits haben',
    currency: 'currency currencycode ccy waehrung währung',
    balance: 'balance runningbalance balanceafter closingbalance accountbalance saldo kontostand',
    balance_minor: 'balanceminor balancecents balanceinminorunits balanceincents',
  } satisfies Record<Column, string>).flatMap(([column, names]) => names.split(' ').map((name) => [name, column as Column])),
);

export function columnOf(name: string): Column | null {
  return columns_by_name.get(plain(name)) ?? null;
}

const currencies = new Set(Intl.supportedValuesOf('currency'));
const code_at_end = /[\s(_[]+([A-Z]{3})[)\]]?$/;

/** `Amount (EUR)`, `Balance USD`: the currency of the whole column. */
export function currencyInName(name: string): string | null {
  const code = code_at_end.exec(name)?.[1] ?? '';
  return currencies.has(code) ? code.toLowerCase() : null;
}

function plain(name: string): string {
  const without = name.slice(0, name_chars_max).trim().replace(code_at_end, '');
  return without
    .toLowerCase()
    .replace(/\([^)]*\)/g, '')
    .replace(/[^a-zß-ü]/g, '');
}

const name_chars_max = 100;

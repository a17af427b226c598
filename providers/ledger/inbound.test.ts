import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ShapeError } from '../../domain/event.ts';
import type { Json } from '../../domain/text.ts';
import { signStandardWebhook, standard_secret } from '../testing.ts';
import { minorUnits } from './amounts.ts';
import { ledger_receiver } from './inbound.ts';
import { rows_max, type LedgerRow } from './rows.ts';
import { bank_csv, ledgerTransactions } from './testing.ts';

const now = new Date('2026-11-20T12:00:00.700Z');
const headers = signStandardWebhook('', standard_secret, now, 'msg_1');

async function event(media_type: string, body: Buffer, json: Json = null) {
  const parsed = await ledger_receiver.parse({ body, headers, url: '', media_type, secrets: [], now }, () => json);
  if ('answer' in parsed) throw new Error('it was answered');
  return parsed.events;
}
const rowsIn = (events: { payload: Json }[]) => (events[0]?.payload as { rows: Json[] }).rows as unknown as LedgerRow[];
const csv = async (text: string | Buffer) => rowsIn(await event('text/csv', Buffer.from(text)));
const json = async (payload: Json) => rowsIn(await event('application/json', Buffer.alloc(0), payload));
/** The rows of a table with this header, by row without its date. */
const table = async (header: string, ...lines: string[]) =>
  (await csv([`Date${header}`, ...lines.map((line) => `2026-11-20${line}`)].join('\n'))).map(({ date: _, ...row }) => row);

describe('a bank’s CSV', () => {
  test('is one event that starts nothing, identified by the signed webhook-id', async () => {
    expect(await event('text/csv', Buffer.from(bank_csv))).toEqual([
      {
        source: 'ledger',
        type: 'ledger.imported',
        occurred_at: new Date('2026-11-20T12:00:00Z'),
        identity: 'msg_1',
        payload: {
          rows: [
            { date: '2026-11-18', vendor: 'Cloud Hosting, Inc.', amount_minor: -12_050, currency: 'usd', balance_minor: 1_000_000 },
            { date: '2026-11-19', vendor: 'Payroll', amount_minor: -400_000, currency: 'usd', balance_minor: 600_000 },
          ],
        },
        subject: null,
        ignored: 'ledger entries inform figures and start nothing',
        objects: [],
      },
    ]);
  });

  test('with semicolons, decimal commas, day first, a byte order mark and the line ends of Windows is read', async () => {
    const text = '\uFEFFBuchungstag;Verwendungszweck;Betrag;Währung;Saldo\r\n18.11.2026;"Miete; Büro";-1.234,56;EUR;10.000,00\r\n\r\n';
    expect(await csv(text)).toEqual([
      { date: '2026-11-18', vendor: 'Miete; Büro', amount_minor: -123_456, currency: 'eur', balance_minor: 1_000_000 },
    ]);
  });

  test('in the encoding of Windows is read', async () => {
    const text = Buffer.from('Date;Description;Amount;Currency\n2026-11-18;B\xfcro \x80;1,50;EUR\n', 'latin1');
    expect(await csv(text)).toMatchObject([{ vendor: 'Büro €', amount_minor: 150 }]);
  });

  test('with debit and credit apart is read with the sign of each', async () => {
    expect(await table(',Details,Paid out,Paid in,Currency', ',Rent,100.00,,GBP', ',Sale,,250.5,GBP', ',Fee,-3.00,,GBP')).toMatchObject([
      { amount_minor: -10_000 },
      { amount_minor: 25_050 },
      { amount_minor: -300 },
    ]);
  });

  test('names its currency in a column, a header or an amount, and none is guessed', async () => {
    expect(await table(',Amount (EUR)', ',1.00')).toMatchObject([{ currency: 'eur' }]);
    expect(await table(',Amount', ',€1.00', ',1.00 USD', ',US$ 2.00', ',$1.00')).toMatchObject([
      { currency: 'eur' },
      { currency: 'usd', amount_minor: 100 },
      { currency: 'usd', amount_minor: 200 },
      { currency: null, amount_minor: 100 },
    ]);
  });

  test('counts in the smallest unit of each currency', async () => {
    expect(await table(',Amount,Currency', ',5000,JPY', ',1.234,KWD', ',0.1,USD', ',5000.00,jpy')).toMatchObject([
      { amount_minor: 5_000 },
      { amount_minor: 1_234 },
      { amount_minor: 10 },
      { amount_minor: 5_000 },
    ]);
  });

  test('lets one clear amount tell what a comma or point means in all the others', async () => {
    expect(await table(';Amount;Currency', ';1.234;USD', ';5.25;USD').catch((error: Error) => error.message)).toBe(
      'Row 2, column Amount: "1.234" has more than the 2 decimal places of its currency.',
    );
    expect(await table(';Amount;Currency', ';1.234;EUR', ';5,25;EUR')).toMatchObject([{ amount_minor: 123_400 }, { amount_minor: 525 }]);
    expect(await table(',Amount,Currency', ',"1,234",USD')).toMatchObject([{ amount_minor: 123_400 }]);
    expect(await table(';Amount;Currency', ';1.234;EUR')).toMatchObject([{ amount_minor: 123_400 }]);
  });

  test('keeps any vendor as inert text', async () => {
    expect(await table(',Vendor,Amount,Currency', ',"=cmd|calc!A1 ""x""\n\u0000\u202e y",1,USD')).toMatchObject([
      { vendor: '=cmd|calc!A1 "x" \uFFFD\u202e y' },
    ]);
  });

  test('with dates by slashes is read when one of them shows the order, and refused when none does', async () => {
    const dates = async (...days: string[]) =>
      (await csv(`date,amount\n${days.map((day) => `${day},1`).join('\n')}`)).map(({ date }) => date);
    expect(await dates('03/04/2026', '20/11/2026')).toEqual(['2026-04-03', '2026-11-20']);
    expect(await dates('03/04/2026', '11/20/2026')).toEqual(['2026-03-04', '2026-11-20']);
    expect(await dates('11/11/2026', '2026/1/2', '20261120', '2026-11-20T10:00:00Z')).toEqual([
      '2026-11-11',
      '2026-01-02',
      '2026-11-20',
      '2026-11-20',
    ]);
    await expect(dates('03/04/2026')).rejects.toThrow('Row 2, column date: "03/04/2026" may be two dates. Write it as 2026-MM-DD.');
  });

  test.each([
    ['', 'The CSV needs a header row with a column "date".'],
    ['hello', 'The CSV needs a header row with a column "date".'],
    ['date,vendor\n2026-11-20,x', 'The CSV needs a header row with a column "amount", or "debit" and "credit".'],
    ['date,amount', 'The ledger has no entries.'],
    ['date,amount\n2026-11-20,', 'Row 2, column amount: it is empty.'],
    ['date,amount\n,1', 'Row 2, column date: it is empty.'],
    ['date,amount\n2026-11-20,1\n2026-02-30,1', 'Row 3, column date: "2026-02-30" is no day of the calendar.'],
    ['date,amount\nyesterday,1', 'Row 2, column date: "yesterday" is no date such as 2026-11-20.'],
    ['date,Amount\n2026-11-20,ten', 'Row 2, column Amount: "ten" is no amount.'],
    ['date,amount,currency\n2026-11-20,1.005,USD', 'Row 2, column amount: "1.005" has more than the 2 decimal places of its currency.'],
    ['date,amount,currency\n2026-11-20,1,Dollar', 'Row 2, column currency: "Dollar" is no currency code of three letters.'],
    ['date,amount,balance\n2026-11-20,1,lots', 'Row 2, column balance: "lots" is no amount.'],
    ['date,amount\n2026-11-20,99999999999999999999', 'Row 2, column amount: "99999999999999999999" is too large.'],
  ])('%j is refused: %s', async (text, message) => {
    await expect(csv(text)).rejects.toThrow(new ShapeError(message));
  });

  test('that is no table is refused', async () => {
    for (const text of ['date,amount\n2026-11-20,"1', 'date,amount\n2026-11-20,1,2,3', 'date,amount\n"a"b,1'])
      await expect(csv(text)).rejects.toThrow(ShapeError);
  });

  test('has at most ten thousand rows', async () => {
    const lines = Array.from({ length: rows_max }, () => '2026-11-20,1.00').join('\n');
    expect(await csv(`date,amount\n${lines}`)).toHaveLength(rows_max);
    await expect(csv(`date,amount\n${lines}\n2026-11-20,1.00`)).rejects.toThrow(/at most 10000/);
  });
});

describe('transactions as JSON', () => {
  const hosting = { date: '2026-11-18', vendor: 'Cloud Hosting', amount_minor: -12_050, currency: 'usd', balance_minor: 1_000_000 };

  test('are read from one, a list, and a list in an envelope', async () => {
    const payload = ledgerTransactions();
    const [one] = payload.transactions as Json[];
    for (const shape of [
      one ?? null,
      [one ?? null],
      payload,
      { type: 'ledger', data: payload },
      { currency: 'EUR', entries: [one ?? null] },
    ])
      expect(await json(shape)).toEqual([hosting]);
  });

  test('may say amounts as numbers, or in minor units', async () => {
    expect(await json(ledgerTransactions({ amount: -120.5, balance: 10_000 }))).toEqual([hosting]);
    expect(
      await json([{ date: '2026-11-18', description: 'Cloud Hosting', amount_minor: -12_050, currency: 'usd', balance_cents: 1_000_000 }]),
    ).toEqual([hosting]);
    expect(await json({ currency: 'EUR', transactions: [{ date: '2026-11-18', amount: 0.1 }] })).toEqual([
      { date: '2026-11-18', vendor: null, amount_minor: 10, currency: 'eur', balance_minor: null },
    ]);
  });

  test.each([
    [null],
    [7],
    [[]],
    [{}],
    [[7]],
    [{ transactions: [] }],
    [[{ date: '2026-11-18' }]],
    [[{ amount: 1 }]],
    [[{ date: 20_261_118, amount: 1e21 }]],
    [[{ date: '2026-11-18', amount: Infinity }]],
    [[{ date: '2026-11-18', amount_minor: 1.5 }]],
    [[{ date: '2026-11-18', amount: { value: 1 } }]],
    [[{ date: '2026-11-18', amount: 1.001, currency: 'usd' }]],
  ])('of the wrong shape %j are refused', async (payload: Json) => {
    await expect(json(payload)).rejects.toThrow(ShapeError);
  });
});

describe('an amount', () => {
  test.each([
    ['1,234,567.89', '.', 123_456_789],
    ["1'234.50", '.', 123_450],
    ['1 234,50', ',', 123_450],
    ['1\u202F234,50 €', ',', 123_450],
    ['(12.00)', '.', -1_200],
    ['12.00-', '.', -1_200],
    ['\u221212.00', '.', -1_200],
    ['-$12', '.', -1_200],
    ['$-12', '.', -1_200],
    ['+.5', '.', 50],
    ['7.', '.', 700],
    ['-0.00', '.', 0],
  ] as const)('%s is read exactly', (text, mark, expected) => {
    expect(minorUnits(text, mark, 2)).toBe(expected);
  });

  test.each([
    '',
    '.',
    '-',
    '1,23',
    '1.2.3',
    '1,2345',
    '12,34,567',
    '--1',
    '-1-',
    '1e3',
    '0x10',
    '١٢',
    'NaN',
    '1 2',
    `${' '.repeat(1_000)}1`,
  ])('%j is none', (text) => {
    expect(() => minorUnits(text, '.', 2)).toThrow(RangeError);
  });

  test('of any size comes back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), fc.constantFrom(0, 2, 3), (value, places) => {
        const digits = String(Math.abs(value)).padStart(places + 1, '0');
        const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ',');
        const text = `${value < 0 ? '-' : ''}${whole}${places === 0 ? '' : `.${digits.slice(-places)}`}`;
        expect(minorUnits(text, '.', places)).toBe(value);
      }),
    );
  });
});

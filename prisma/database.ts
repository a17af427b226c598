/**
 * Two ways to one Postgres: Prisma for reads, hand-written SQL for everything that locks, guards or moves a state.
 * Both use one pool that runs as the role execops_app, which can neither change the audit nor delete what was decided.
 */
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';

import { app_role } from './app-role.ts';
import { PrismaClient } from './generated/client.ts';

/** `sql\`select … ${value}\`` runs one statement; values are parameters, never text. */
export type Sql = <Row extends pg.QueryResultRow = pg.QueryResultRow>(
  strings: TemplateStringsArray,
  ...values: unknown[]
) => Promise<Row[]>;

export interface Database {
  prisma: PrismaClient;
  pool: pg.Pool;
  sql: Sql;
  /** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. */
  tx<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function openDatabase(database_url: string, options: { connections_max?: number } = {}): Database {
  const pool = new pg.Pool({
    connectionString: database_url,
    // A process that freezes inside a transaction must not hold everybody else's decisions; local activities have ten seconds.
    options: `-c role=${app_role} -c lock_timeout=8s -c idle_in_transaction_session_timeout=15s`,
    max: options.connections_max ?? 16,
    connectionTimeoutMillis: 5_000,
  });
  // An idle connection that breaks (Postgres restarted) is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  // The pool listens only to the idle ones. One that breaks between two queries of a transaction tells it by the next query.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    prisma,
    pool,
    sql: sqlOn(pool),
    async tx(work) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const result = await work(sqlOn(client));
        await client.query('commit');
        client.release();
        return result;
      } catch (error) {
        await client.query('rollback').then(
          () => client.release(),
          (broken: Error) => client.release(broken),
        );
        throw error;
      }
    },
    async close() {
      await prisma.$disconnect();
      if (!pool.ended) await pool.end();
    },
  };
}

function sqlOn(target: pg.Pool | pg.PoolClient): Sql {
  return async <Row extends pg.QueryResultRow>(strings: TemplateStringsArray, ...values: unknown[]) => {
    const { rows } = await target.query<Row>({ ...statementOf(strings), values });
    return rows;
  };
}

interface Statement {
  name: string;
  text: string;
}

const statements = new WeakMap<TemplateStringsArray, Statement>();
let statement_count = 0;

/** A statement with a name is prepared once per connection: without one, planning took a third of the time an event's insert takes. */
function statementOf(strings: TemplateStringsArray): Statement {
  const known = statements.get(strings);
  if (known !== undefined) return known;
  statement_count += 1;
  const statement = { name: `s${statement_count}`, text: strings.reduce((left, right, index) => `${left}$${index}${right}`) };
  statements.set(strings, statement);
  return statement;
}

/** Taking the organisation's own records along, as CSV for people and as JSON lines for programs. Neither is ever held in memory as a whole. */
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { stringify } from 'csv-stringify';
import type { Request, Response } from 'express';
import { z } from 'zod';

import { Problem } from '../domain/problem.ts';
import type { Database } from '../prisma/database.ts';
import { export_columns, exported, exportRows, type Exported, type ExportRow, type ExportSpan } from '../prisma/exports.ts';
import type { Caller } from './identity.ts';
import type { Logger } from './log.ts';
import { defineRoute, type Answer, type Route } from './route.ts';

export interface ExportDeps {
  db: Pick<Database, 'sql'>;
  logger: Logger;
}

export function exportRoutes(deps: ExportDeps): Route[] {
  return exported.map((what) =>
    defineRoute({
      method: 'get',
      path: `/api/export/${what}`,
      summary: `All ${summaries[what]}, oldest first, as a file. An answer that breaks off is not whole: the connection then ends with an error.`,
      access: 'read',
      query: export_query,
      responses: { 200: { description: 'The file: CSV (RFC 4180), or with format=jsonl one JSON object a line.', media_type: 'text/csv' } },
      handle: ({ caller, query, request, response }) => sendExport(deps, what, { caller, query, request, response }),
    }),
  );
}

const summaries: Record<Exported, string> = {
  proposals: 'proposals by the time they were made',
  decisions: 'decisions by their time',
  audit: 'rows of the audit chain by their time, so that it can be verified elsewhere',
};

/** A day stands for its beginning in UTC, and as the end of a span for its end. */
const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);
const export_query = z.object({ format: z.enum(['csv', 'jsonl']).default('csv'), since: moment.optional(), until: moment.optional() });
type ExportQuery = z.output<typeof export_query>;

interface Asked {
  caller: Caller;
  query: ExportQuery;
  request: Request;
  response: Response;
}

async function sendExport(
  { db, logger }: ExportDeps,
  what: Exported,
  { caller, query, request, response }: Asked,
): Promise<Answer | undefined> {
  if (caller.via === 'agent_key') throw new Problem('forbidden', "An agent's key takes no export along. Sign in, or use a personal key.");
  const headers = headersOf(what, query.format);
  if (request.method === 'HEAD') return { status: 200, headers };
  const rows = exportRows(db, caller.person.org_id, what, spanOf(query));
  // Read before the answer begins, so that a database that is down is still a 503.
  const first = await rows.next();
  logger.info({ user_id: caller.person.user_id, key_id: caller.key_id, what, format: query.format }, 'exported');
  response.writeHead(200, headers);
  try {
    await pipeline(Readable.from(from(first, rows)), writerOf(what, query.format), response);
  } catch (error) {
    // The pipeline has cut the connection, which is how whoever reads it learns that the file is not whole.
    if (!isGone(error)) logger.error({ err: error, what }, 'an export broke off');
  }
  return undefined;
}

function headersOf(what: Exported, format: ExportQuery['format']): Record<string, string> {
  return {
    'content-type': format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/jsonl; charset=utf-8',
    'content-disposition': `attachment; filename="execops-${what}.${format}"`,
    'cache-control': 'no-store',
  };
}

const day_ms = 24 * 60 * 60 * 1000;

function spanOf({ since, until }: ExportQuery): ExportSpan {
  const now = new Date();
  const end = until === undefined ? now : new Date(Date.parse(until) + (isDay(until) ? day_ms : 0));
  return { since: new Date(since ?? 0), until: end < now ? end : now };
}

function isDay(text: string): boolean {
  return text.length === 'yyyy-mm-dd'.length;
}

async function* from(first: IteratorResult<ExportRow>, rest: AsyncGenerator<ExportRow>): AsyncGenerator<ExportRow> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

function writerOf(what: Exported, format: ExportQuery['format']): Transform | typeof jsonLines {
  return format === 'csv' ? csvOf(export_columns[what]) : jsonLines;
}

async function* jsonLines(rows: AsyncIterable<ExportRow>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}

/** Text that a spreadsheet would take for a formula is led by an apostrophe; numbers are left as they are. */
function csvOf(columns: readonly string[]): Transform {
  return stringify({
    header: true,
    columns: [...columns],
    bom: true,
    record_delimiter: 'windows',
    escape_formulas: true,
    cast: {
      date: (date) => date.toISOString(),
      string: (text) => (text.startsWith('\n') ? `'${text}` : text),
      object: (value) => JSON.stringify(value),
    },
  });
}

/** The reader went away. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Tells "Postgres cannot be reached" from "Postgres refused", whichever library says it. */

const network_codes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** https://www.prisma.io/docs/orm/reference/error-reference: not reachable, timed out, connection closed, no connection free. */
const prisma_codes = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037']);
/** https://www.postgresql.org/docs/current/errcodes-appendix.html: connection exceptions, too many connections, shutting down, starting up, waited too long for a lock or with one, or in a circle. */
const postgres_codes = /^(08...|53300|57P0[1-3]|55P03|25P03|40P01)$/;
const messages =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Can't reach database server|pool after calling end|not queryable/;

export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (network_codes.has(code) || prisma_codes.has(code) || postgres_codes.test(code) || messages.test(error.message)) return true;
  if (error instanceof AggregateError && error.errors.some(isOutage)) return true;
  return error.cause !== error && isOutage(error.cause);
}

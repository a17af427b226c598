/** What became of a connection that gave no answer: whether the request can have gone out, and the reason in words that name no host. */

const reasons: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'its name was not found',
  EAI_AGAIN: 'its name could not be looked up',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  UND_ERR_CONNECT_TIMEOUT: 'the connection took too long',
  ECONNRESET: 'the connection was lost',
  EPIPE: 'the connection was lost',
  UND_ERR_SOCKET: 'the connection was lost',
  ETIMEDOUT: 'it took too long',
  UND_ERR_HEADERS_TIMEOUT: 'it took too long',
  UND_ERR_BODY_TIMEOUT: 'it took too long',
};
/** With these there never was a connection, so nothing can have gone out. */
const never_connected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);
/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const tls_code = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO$|ETLS$)/;

export function connectionLoss(error: unknown): { never_sent: boolean; reason: string } {
  const codes = codesOf(error);
  const tls = codes.find((code) => tls_code.test(code));
  if (tls !== undefined) return { never_sent: true, reason: `its TLS certificate or protocol was not accepted (${tls})` };
  const code = codes.find((known) => Object.hasOwn(reasons, known));
  const never_sent = codes.length > 0 && codes.every((one) => never_connected.has(one));
  if (code !== undefined) return { never_sent, reason: reasons[code] ?? code };
  const late = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
  return { never_sent: false, reason: late ? 'it took too long' : 'the connection was lost' };
}

/** A client hides the operating system's error in causes, and in one per address that it tried. */
function codesOf(error: unknown, depth_left = 6): string[] {
  if (!(error instanceof Error) || depth_left === 0) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const inner = error instanceof AggregateError ? error.errors : [error.cause];
  return [...own, ...inner.flatMap((one) => codesOf(one, depth_left - 1))];
}

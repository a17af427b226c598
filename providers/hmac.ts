/** Signatures of a body's exact bytes, compared in constant time. */
import { createHmac, timingSafeEqual } from 'node:crypto';

type Algorithm = 'sha1' | 'sha256';

function hmacOf(body: Buffer | string, secret: string, algorithm: Algorithm): string {
  return createHmac(algorithm, secret).update(body).digest('hex');
}

/** Whether one of the secrets made this signature of the body, in hex. An empty secret signs nothing. */
export function signedByAny(secrets: readonly string[], body: Buffer, signature: string, algorithm: Algorithm): boolean {
  const given = Buffer.from(signature.toLowerCase());
  return secrets.some((secret) => {
    if (secret.trim() === '') return false;
    const expected = Buffer.from(hmacOf(body, secret, algorithm));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** Verifies what an authenticator answered. What the library refuses is said in one sentence; why is for the log only. */
import { verifyAuthenticationResponse, verifyRegistrationResponse, type VerifiedRegistrationResponse } from '@simplewebauthn/server';
import { COSEALG, decodeAttestationObject, isoBase64URL } from '@simplewebauthn/server/helpers';
import { z } from 'zod';

import type { AuthenticationResponse, RegistrationResponse } from '../../domain/passkeys.ts';
import type { StoredPasskey } from '../../prisma/passkeys.ts';
import type { Site } from './site.ts';

/** What every authenticator can. The library would offer more where Node warns that it is experimental. */
export const algorithms: number[] = [COSEALG.EdDSA, COSEALG.ES256, COSEALG.RS256];

/** The answer does not prove what it should; `message` says why, for the log. */
export class Unproven extends Error {
  override name = 'Unproven';
}

/** The challenge that an answer claims to be for. */
export function challengeIn({ response }: { response: { clientDataJSON: string } }): string {
  return unprovenOnError(() => client_data.parse(JSON.parse(isoBase64URL.toUTF8String(response.clientDataJSON)))).challenge;
}
const client_data = z.object({ challenge: z.string().min(1).max(200) });

export async function verifyRegistration(
  answer: RegistrationResponse,
  challenge: string,
  { rp_id, origin }: Site,
): Promise<NonNullable<VerifiedRegistrationResponse['registrationInfo']>> {
  refuseCertificates(answer);
  const { verified, registrationInfo } = await unprovenOnRejection(
    verifyRegistrationResponse({
      response: { ...answer, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rp_id,
      supportedAlgorithmIDs: algorithms,
    }),
  );
  if (!verified) throw new Unproven('the attestation does not verify');
  return registrationInfo;
}

/** Whether the counter went up is for the database to say, where two answers at once meet. */
export async function verifyAssertion(
  answer: AuthenticationResponse,
  challenge: string,
  { rp_id, origin }: Site,
  { id, public_key, transports }: StoredPasskey,
): Promise<{ counter: number; backed_up: boolean }> {
  const { userHandle, ...response } = answer.response;
  const { verified, authenticationInfo } = await unprovenOnRejection(
    verifyAuthenticationResponse({
      response: { ...answer, response: { ...response, ...(userHandle != null && { userHandle }) }, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rp_id,
      credential: { id, publicKey: public_key, counter: 0, transports },
    }),
  );
  if (!verified) throw new Unproven('the signature does not fit');
  return { counter: authenticationInfo.newCounter, backed_up: authenticationInfo.credentialBackedUp };
}

/** We ask for no attestation. Certificates that come nevertheless would have us parse them, and fetch what they name. */
function refuseCertificates({ response }: RegistrationResponse): void {
  const attestation = unprovenOnError(() => decodeAttestationObject(isoBase64URL.toBuffer(response.attestationObject)));
  const format = attestation.get('fmt');
  const self_signed = format === 'packed' && attestation.get('attStmt').get('x5c') === undefined;
  if (format !== 'none' && !self_signed) throw new Unproven('it brings an attestation, which was not asked for');
}

function unprovenOnError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asUnproven(error);
  }
}

async function unprovenOnRejection<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asUnproven(error);
  }
}

function asUnproven(error: unknown): Unproven {
  return new Unproven(error instanceof Error ? error.message : 'it cannot be read', { cause: error });
}

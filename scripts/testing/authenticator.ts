/** A passkey in software: one ES256 key per credential, attestation none, which answers as a browser's JSON does. What is given replaces the honest part. */
import { createHash, createSign, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';

import { isoCBOR } from '@simplewebauthn/server/helpers';

export interface Honest {
  origin: string;
  rp_id: string;
  challenge: string;
  counter: number;
  user_verified: boolean;
}

interface Credential {
  id: Buffer;
  key: KeyObject;
  user_handle: string;
  counter: number;
}

interface CreationOptions {
  challenge: string;
  rp: { id?: string };
  user: { id: string };
}

export function createAuthenticator(origin: string) {
  const credentials: Credential[] = [];

  return {
    credentials,
    /** As navigator.credentials.create() would. */
    register(options: CreationOptions, replaced: Partial<Honest & { attestation: Map<string, unknown> }> = {}) {
      const said: Honest = {
        origin,
        rp_id: options.rp.id ?? '',
        challenge: options.challenge,
        counter: 0,
        user_verified: true,
        ...replaced,
      };
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const credential = { id: randomBytes(32), key: privateKey, user_handle: options.user.id, counter: said.counter };
      credentials.push(credential);
      const authenticator_data = Buffer.concat([head(said, flag_attested), attestedCredential(credential.id, publicKey)]);
      const attestation = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ...(replaced.attestation ?? []),
        ['authData', new Uint8Array(authenticator_data)],
      ]);
      return {
        ...named(credential),
        response: {
          clientDataJSON: clientData('webauthn.create', said),
          attestationObject: Buffer.from(isoCBOR.encode(attestation as Parameters<typeof isoCBOR.encode>[0])).toString('base64url'),
          transports: ['internal'],
        },
      };
    },
    /** As navigator.credentials.get() would, with the last credential unless another is named. */
    sign(options: { challenge: string; rpId?: string }, replaced: Partial<Honest & { credential: Credential; user_handle: string }> = {}) {
      const credential = replaced.credential ?? credentials.at(-1);
      if (credential === undefined) throw new Error('This authenticator has no credential.');
      credential.counter = replaced.counter ?? credential.counter + 1;
      const said: Honest = {
        origin,
        rp_id: options.rpId ?? '',
        challenge: options.challenge,
        counter: credential.counter,
        user_verified: true,
        ...replaced,
      };
      const data = head(said);
      const client_data = clientData('webauthn.get', said);
      const signed = Buffer.concat([data, digest(Buffer.from(client_data, 'base64url'))]);
      return {
        ...named(credential),
        response: {
          clientDataJSON: client_data,
          authenticatorData: data.toString('base64url'),
          signature: createSign('sha256').update(signed).sign(credential.key, 'base64url'),
          userHandle: replaced.user_handle ?? credential.user_handle,
        },
      };
    },
  };
}

const flag_present = 0x01;
const flag_verified = 0x04;
const flag_attested = 0x40;

/** https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data */
function head({ rp_id, user_verified, counter }: Honest, flags = 0): Buffer {
  const rest = Buffer.alloc(5);
  rest.writeUInt8(flags | flag_present | (user_verified ? flag_verified : 0), 0);
  rest.writeUInt32BE(counter, 1);
  return Buffer.concat([digest(Buffer.from(rp_id)), rest]);
}

function attestedCredential(id: Buffer, key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const point = (coordinate: string) => new Uint8Array(Buffer.from(coordinate, 'base64url'));
  // An elliptic curve key (1: 2) for ES256 (3: -7) on P-256 (-1: 1): https://www.rfc-editor.org/rfc/rfc9053#section-7.1
  const cose = new Map<number, number | Uint8Array>([[1, 2], [3, -7], [-1, 1], [-2, point(x)], [-3, point(y)]]); // prettier-ignore
  const length = Buffer.alloc(2);
  length.writeUInt16BE(id.length);
  return Buffer.concat([Buffer.alloc(16), length, id, isoCBOR.encode(cose)]);
}

function clientData(type: string, { challenge, origin }: Honest): string {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false })).toString('base64url');
}

function named({ id }: Credential) {
  return { id: id.toString('base64url'), rawId: id.toString('base64url'), type: 'public-key', clientExtensionResults: {} };
}

const digest = (data: Buffer): Buffer => createHash('sha256').update(data).digest();

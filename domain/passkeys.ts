/** What a browser's passkeys send, as WebAuthn writes it in JSON (https://www.w3.org/TR/webauthn-3/). Nothing in it is believed before it is verified. */
import { z } from 'zod';

const base64url = (chars_max: number) =>
  z
    .string()
    .min(1)
    .max(chars_max)
    .regex(/^[A-Za-z0-9_-]+$/, 'must be base64url without padding');
/** A credential's id has at most 1023 bytes (https://www.w3.org/TR/webauthn-3/#credential-id). */
const credential_id = base64url(1_364);
const client_data = base64url(8_000);

const credential = { id: credential_id, rawId: credential_id, type: z.literal('public-key') };

export const registration_response = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: client_data,
    attestationObject: base64url(64_000),
    transports: z.array(z.string().max(40)).max(10).default([]),
  }),
});
export type RegistrationResponse = z.output<typeof registration_response>;

export const authentication_response = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: client_data,
    authenticatorData: base64url(8_000),
    signature: base64url(8_000),
    userHandle: base64url(200).nullish(),
  }),
});
export type AuthenticationResponse = z.output<typeof authentication_response>;

export const passkey_name_chars_max = 80;
export const passkey_registration = z.object({
  name: z.string().trim().min(1).max(passkey_name_chars_max),
  response: registration_response,
});
export const passkey_assertion = z.object({ response: authentication_response });

export const step_up_request = z.object({ proposal_id: z.uuid(), payload_hash: z.string().regex(/^[0-9a-f]{64}$/) });
export const step_up_view = z.object({ step_up: z.string(), expires_at: z.iso.datetime() });

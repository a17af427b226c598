/** Passkeys in the browser. What WebAuthn needs is loaded on first use, so that the inbox does not carry it. */
import type * as WebAuthn from '@simplewebauthn/browser';

import type { PasskeyView } from '#domain/people.ts';
import { base_path } from '#lib/paths.ts';

/** False on plain http under another name than localhost, and in old browsers. */
export function passkeysWork(): boolean {
  return window.isSecureContext && typeof window.PublicKeyCredential === 'function';
}

export const not_here =
  'This browser offers no passkeys here. They need https, or http://localhost, and a browser of the last years. Your password works as before.';

/** Something did not work; `message` is a sentence for the person. */
export class PasskeyRefusal extends Error {
  override name = 'PasskeyRefusal';
  /** The server's problem, such as `sign_in_again`; null when the browser refused. */
  readonly problem: string | null;
  /** The person chose a passkey, so that they wait for what comes of it. */
  readonly picked: boolean;
  constructor(message: string, { problem = null, picked = false }: { problem?: string | null; picked?: boolean } = {}) {
    super(message);
    this.problem = problem;
    this.picked = picked;
  }
}

/** What somebody would call the device in their hand. */
export function thisDevice(): string {
  const { userAgent, maxTouchPoints } = navigator;
  if (/iPhone/.test(userAgent)) return 'iPhone';
  // An iPad says that it is a Mac.
  if (/iPad/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)) return 'iPad';
  const known = [
    [/Android/, 'Android'],
    [/Macintosh/, 'Mac'],
    [/Windows/, 'Windows'],
    [/CrOS/, 'Chromebook'],
    [/Linux/, 'Linux'],
  ] as const;
  return known.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'This device';
}

export async function registerPasskey(name: string): Promise<PasskeyView> {
  const options = await ask('registration/options');
  const response = await ceremony('add', ({ startRegistration }) => startRegistration({ optionsJSON: options }));
  return ask('registration', { name, response });
}

/** Opens a session. With `autofill`, waits in the browser's own list under the email field until the person picks one there. */
export async function signInWithPasskey({ autofill = false } = {}): Promise<void> {
  const options = await ask('sign-in/options');
  const response = await ceremony('sign in', ({ startAuthentication }) =>
    startAuthentication({ optionsJSON: options, useBrowserAutofill: autofill }),
  );
  await ask('sign-in', { response });
}

export async function autofillWorks(): Promise<boolean> {
  if (!passkeysWork()) return false;
  const { browserSupportsWebAuthnAutofill } = await import('@simplewebauthn/browser');
  return browserSupportsWebAuthnAutofill();
}

/** Null when the person has no passkey. */
export async function proveForCard({ id, payload_hash }: { id: string; payload_hash: string }): Promise<string | null> {
  const { options } = await ask('step-up/options', { proposal_id: id, payload_hash });
  if (options === null) return null;
  const response = await ceremony('confirm', ({ startAuthentication }) => startAuthentication({ optionsJSON: options }));
  const { step_up } = await ask('step-up', { response });
  return step_up;
}

type Purpose = 'add' | 'sign in' | 'confirm';

async function ceremony<T>(purpose: Purpose, run: (webauthn: typeof WebAuthn) => Promise<T>): Promise<T> {
  if (!passkeysWork()) throw new PasskeyRefusal(not_here);
  const webauthn = await import('@simplewebauthn/browser');
  try {
    return await run(webauthn);
  } catch (error) {
    throw new PasskeyRefusal(sentenceOf(error, purpose));
  }
}

const nothing_changed: Record<Purpose, string> = {
  add: 'No passkey was added.',
  'sign in': 'You are not signed in.',
  confirm: 'Not decided yet.',
};

/** Browsers say little on purpose: closing the window, waiting too long and having no passkey here are the same to a site. */
function sentenceOf(error: unknown, purpose: Purpose): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const name = error instanceof Error ? error.name : '';
  if (code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED') return 'This device has a passkey for this account already.';
  if (code === 'ERROR_INVALID_DOMAIN' || code === 'ERROR_INVALID_RP_ID') {
    return `Passkeys do not work at ${location.hostname}. Open ExecOps at its own address${location.hostname === '127.0.0.1' ? `, http://localhost:${location.port}` : ''}.`;
  }
  if (code === 'ERROR_AUTHENTICATOR_MISSING_USER_VERIFICATION_SUPPORT') {
    return 'This device cannot check that it is you. Set a screen lock or a PIN first.';
  }
  if (name === 'NotAllowedError' || name === 'AbortError')
    return `${nothing_changed[purpose]} The question was closed, took too long, or found no passkey here.`;
  return `${nothing_changed[purpose]} This device could not use a passkey. Try again, or use another device.`;
}

// The answers have the shapes that the routes promise.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function ask(path: string, body?: object): Promise<any> {
  const answer = await fetch(`${base_path}/api/passkeys/${path}`, {
    method: 'POST',
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch(() => null);
  const picked = !path.endsWith('/options');
  if (answer === null) throw new PasskeyRefusal('The server did not answer. Try again when the connection is back.', { picked });
  const said = await answer.json();
  if (!answer.ok) throw new PasskeyRefusal(said.detail, { problem: String(said.type).replace(/^.*#/, ''), picked });
  return said;
}

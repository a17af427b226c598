/** People's passkeys: making one, signing in by one, and proving with one that its person approves exactly this version. */
import { randomBytes } from 'node:crypto';

import { generateAuthenticationOptions, generateRegistrationOptions } from '@simplewebauthn/server';
import { isoBase64URL, isoUint8Array } from '@simplewebauthn/server/helpers';

import type { Person } from '../../domain/app.ts';
import type { AuthenticationResponse, RegistrationResponse } from '../../domain/passkeys.ts';
import type { PasskeyView } from '../../domain/people.ts';
import { Problem } from '../../domain/problem.ts';
import type { Database } from '../../prisma/database.ts';
import { refuseUndecidable } from '../../prisma/decide.ts';
import { refuseStaleSignIn } from '../../prisma/fresh-sign-in.ts';
import {
  addPasskey,
  auditCopy,
  credentialsOf,
  findPasskey,
  listPasskeys,
  notePasskeyUse,
  removePasskey,
  type StoredPasskey,
} from '../../prisma/passkeys.ts';
import { storeStepUp } from '../../prisma/step-ups.ts';
import { storeChallenge, takeChallenge, type TakenChallenge } from '../../prisma/webauthn-challenges.ts';
import type { Logger } from '../log.ts';
import type { Site } from './site.ts';
import { algorithms, challengeIn, Unproven, verifyAssertion, verifyRegistration } from './verify.ts';

export interface PasskeysDeps {
  db: Database;
  logger: Logger;
}

export type Passkeys = ReturnType<typeof createPasskeys>;

const rp_name = 'ExecOps';
const question_ms = 120_000;

export function createPasskeys({ db, logger }: PasskeysDeps) {
  return {
    list: (person: Person): Promise<PasskeyView[]> => listPasskeys(db, person),

    async remove(person: Person, id: string): Promise<void> {
      await refuseStaleSignIn(db.sql, person);
      if (!(await removePasskey(db, person, id))) throw new Problem('not_found', 'You have no such passkey.');
      logger.info({ user_id: person.user_id }, 'a passkey was removed');
    },

    async registrationOptions(person: Person, site: Site) {
      await refuseStaleSignIn(db.sql, person);
      const options = await generateRegistrationOptions({
        rpName: rp_name,
        rpID: site.rp_id,
        userID: isoUint8Array.fromUTF8String(person.user_id),
        userName: person.email,
        userDisplayName: person.name,
        timeout: question_ms,
        attestationType: 'none',
        excludeCredentials: await credentialsOf(db.sql, person.user_id),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        supportedAlgorithmIDs: algorithms,
      });
      await storeChallenge(db.sql, options.challenge, { purpose: 'register', ...sessionOf(person) });
      return options;
    },

    async register(person: Person, site: Site, { name, response }: { name: string; response: RegistrationResponse }): Promise<PasskeyView> {
      await refuseStaleSignIn(db.sql, person);
      const { credential, ...info } = await refusing('passkey_refused', async () => {
        const challenge = challengeIn(response);
        refuseChallenge(await takeChallenge(db.sql, challenge), { purpose: 'register', ...sessionOf(person) });
        return verifyRegistration(response, challenge, site);
      });
      const added = await addPasskey(db, person, {
        id: credential.id,
        name,
        public_key: credential.publicKey,
        counter: credential.counter,
        transports: response.response.transports,
        device_type: info.credentialDeviceType,
        backed_up: info.credentialBackedUp,
        aaguid: info.aaguid,
      });
      if (added === null) throw new Problem('passkey_refused', 'This passkey is registered already.');
      logger.info({ user_id: person.user_id }, 'a passkey was added');
      return added;
    },

    /** For whoever it will turn out to be: the browser offers the passkeys that it has for this site. */
    async signInOptions(site: Site) {
      const options = await generateAuthenticationOptions({ rpID: site.rp_id, timeout: question_ms, userVerification: 'required' });
      await storeChallenge(db.sql, options.challenge, { purpose: 'sign_in' });
      return options;
    },

    /** Resolves to whose passkey it is. Every refusal is the same sentence, so that it tells nobody which accounts there are. */
    async signIn(site: Site, response: AuthenticationResponse): Promise<string> {
      const { user_id } = await refusing('unauthenticated', async () => {
        const { passkey } = await prove(response, site, { purpose: 'sign_in' });
        const handle = response.response.userHandle;
        if (handle != null && isoBase64URL.toUTF8String(handle) !== passkey.user_id) throw new Unproven('it names another person');
        return passkey;
      });
      return user_id;
    },

    /** Null for somebody who has no passkey: of them none is asked. */
    async stepUpOptions(person: Person, site: Site, card: { proposal_id: string; payload_hash: string }) {
      await refuseUndecidable(db, person, card);
      const allowed = await credentialsOf(db.sql, person.user_id);
      if (allowed.length === 0) return null;
      const options = await generateAuthenticationOptions({
        rpID: site.rp_id,
        timeout: question_ms,
        userVerification: 'required',
        allowCredentials: allowed,
      });
      await storeChallenge(db.sql, options.challenge, { purpose: 'step_up', ...sessionOf(person), ...card });
      return options;
    },

    async stepUp(person: Person, site: Site, response: AuthenticationResponse): Promise<{ step_up: string; expires_at: string }> {
      const { proposal_id, payload_hash } = await refusing('passkey_refused', async () => {
        const { passkey, challenge } = await prove(response, site, { purpose: 'step_up', ...sessionOf(person) });
        if (passkey.user_id !== person.user_id) throw new Unproven("it is somebody else's passkey");
        return challenge;
      });
      if (proposal_id === null || payload_hash === null) throw new Error('a challenge for a step-up names no version');
      const token = randomBytes(32).toString('base64url');
      const expires_at = await storeStepUp(db.sql, { token, person, proposal_id, payload_hash });
      return { step_up: token, expires_at: expires_at.toISOString() };
    },
  };

  async function prove(
    response: AuthenticationResponse,
    site: Site,
    expected: ExpectedChallenge,
  ): Promise<{ passkey: StoredPasskey; challenge: TakenChallenge }> {
    const signed = challengeIn(response);
    const challenge = refuseChallenge(await takeChallenge(db.sql, signed), expected);
    const passkey = await findPasskey(db.sql, response.id);
    if (passkey === null) throw new Unproven('nobody here has this passkey');
    const use = await verifyAssertion(response, signed, site, passkey);
    if (await notePasskeyUse(db.sql, passkey.id, use)) return { passkey, challenge };
    await auditCopy(db, passkey);
    logger.warn({ user_id: passkey.user_id, passkey_id: passkey.id }, 'a passkey counts backwards: somebody may have a copy of it');
    throw new Unproven('its counter did not go up');
  }

  async function refusing<T>(problem: 'unauthenticated' | 'passkey_refused', work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unproven)) throw error;
      logger.info({ reason: error.message }, 'a passkey was refused');
      throw new Problem(problem, refusals[problem]);
    }
  }
}

const refusals = {
  unauthenticated: 'This passkey was not accepted. Try again, or sign in with your password.',
  passkey_refused: 'This passkey was not accepted: the question was answered too late, twice, or by another passkey than yours. Try again.',
};

interface ExpectedChallenge {
  purpose: TakenChallenge['purpose'];
  user_id?: string;
  session_id?: string;
}

function refuseChallenge(taken: TakenChallenge | null, expected: ExpectedChallenge): TakenChallenge {
  if (taken === null) throw new Unproven('its challenge is over, or was answered already');
  const { purpose, user_id = null, session_id = null } = expected;
  if (taken.purpose !== purpose || taken.user_id !== user_id || taken.session_id !== session_id) {
    throw new Unproven('its challenge was for something else');
  }
  return taken;
}

/** Keys and Slack have no session, and none of this is offered to them. */
function sessionOf({ user_id, session_id }: Person): { user_id: string; session_id: string } {
  if (session_id === undefined) throw new Problem('forbidden', 'Passkeys are for people who are signed in here.');
  return { user_id, session_id };
}

/** Who calls, and whether this call may come from where it comes: decided once, before a handler runs. */
import type { Request } from 'express';

import type { Person } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import { holderOfKey } from '../prisma/keys.ts';
import type { Database } from '../prisma/database.ts';
import type { Auth } from './auth.ts';
import type { RateLimit } from './rate-limit.ts';
import { hasBody, requireJson, type Access } from './route.ts';

export interface Caller {
  person: Person;
  via: 'session' | 'personal_key' | 'agent_key';
  /** Null for a session. */
  key_id: string | null;
  /** Whether the same credentials would still let them in: what goes on after the answer, as a stream does, asks again. */
  stands(): Promise<boolean>;
}

export interface Door {
  /** Throws a Problem unless somebody who may call with this access is calling. */
  enter(request: Request, access: Exclude<Access, 'public'>): Promise<Caller>;
  /** A call without identity still may not be started by another site in somebody's browser. */
  checkSite(request: Request): void;
}

export interface DoorDeps {
  db: Pick<Database, 'sql'>;
  auth: Auth;
  limit: RateLimit;
  /** The origin of PUBLIC_URL; undefined when it is not set, and then this machine's own names will do. */
  public_origin: string | undefined;
}

export function createDoor({ db, auth, limit, public_origin }: DoorDeps): Door {
  return {
    async enter(request, access) {
      const key = bearerOf(request);
      const identify = () => (key === undefined ? bySession(auth, request) : byKey(db, key));
      const identity = await identify();
      const caller = { ...identity, stands: () => standing(identity, identify) };
      limit.take(caller.key_id ?? caller.person.user_id);
      if (caller.via === 'session' && !safe_methods.has(request.method)) {
        requireOrigin(request, public_origin);
        if (hasBody(request) || request.headers['content-type'] !== undefined) requireJson(request);
      }
      refuseAccess(caller, access);
      return caller;
    },
    checkSite(request) {
      if (request.headers.origin !== undefined) requireOrigin(request, public_origin);
    },
  };
}

const safe_methods = new Set(['GET', 'HEAD']);

/** An Authorization header of another scheme belongs to a proxy in front of us. */
function bearerOf(request: Request): string | undefined {
  return /^bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
}

type Identity = Omit<Caller, 'stands'>;

async function bySession(auth: Auth, request: Request): Promise<Identity> {
  const person = await auth.personOf(request.headers.cookie);
  if (person === null) throw new Problem('unauthenticated', 'Sign in, or send an API key as "Authorization: Bearer eo_…".');
  return { person, via: 'session', key_id: null };
}

async function byKey(db: Pick<Database, 'sql'>, key: string): Promise<Identity> {
  const holder = await holderOfKey(db, key);
  if (holder === null) throw new Problem('unauthenticated', 'This API key is not known or was revoked. Make a new one.');
  return { person: holder.person, via: holder.kind === 'agent' ? 'agent_key' : 'personal_key', key_id: holder.key_id };
}

async function standing({ person }: Identity, identify: () => Promise<Identity>): Promise<boolean> {
  try {
    // Of two memberships the other one may be left, and lets nobody hear of this one's organisation.
    return (await identify()).person.org_id === person.org_id;
  } catch (error) {
    if (error instanceof Problem && error.problem === 'unauthenticated') return false;
    throw error;
  }
}

function requireOrigin(request: Request, public_origin: string | undefined): void {
  const { origin } = request.headers;
  if (origin !== undefined && (public_origin === undefined ? localOrigins(request).includes(origin) : origin === public_origin)) return;
  throw new Problem(
    'wrong_origin',
    `Send the header "Origin: ${public_origin ?? localOrigins(request)[0]}". Calls with a cookie count only from there.`,
  );
}

function localOrigins(request: Request): string[] {
  return ['localhost', '127.0.0.1', '[::1]'].map((host) => `http://${host}:${request.socket.localPort}`);
}

function refuseAccess({ via, person }: Pick<Caller, 'via' | 'person'>, access: Exclude<Access, 'public'>): void {
  if (access === 'session' && via !== 'session') {
    throw new Problem('forbidden', 'No API key may do this: it takes a signed-in person. Keys read and propose.');
  }
  if (access === 'propose' && person.role === 'viewer')
    throw new Problem('forbidden', 'Viewers read. Ask an owner for the right to propose.');
}

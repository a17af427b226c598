/**
 * A POST to an address that a member or their browser gave us. It reaches nobody but a host on the internet: the address is
 * checked when the connection is made, so that a name cannot lead elsewhere a moment after it was looked up.
 */
import { lookup as lookUp, type LookupAddress } from 'node:dns';
import { request as overHttp, type RequestOptions } from 'node:http';
import { request as overTls } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';

import { connectionLoss } from '../connection.ts';
import { isLoopback, isPublicAddress } from './public-address.ts';

export interface PostAnswer {
  status: number;
  /** By lower-case name. */
  header(name: string): string | null;
}

/** Why nothing was sent, or no answer came; `message` is a sentence that names no host. */
export class PostFailed extends Error {
  override name = 'PostFailed';
  /** The address is none of those that may be reached: trying again does not help. */
  readonly refused: boolean;

  constructor(message: string, refused: boolean, options?: ErrorOptions) {
    super(message, options);
    this.refused = refused;
  }
}

export interface Reach {
  /** Also this machine, and there without TLS: for trying it out where nobody else can reach us either. */
  this_machine: boolean;
}

/** https://datatracker.ietf.org/doc/html/rfc6761 names that never lead anywhere else; the lookup has the last word anyway. */
const local_name = /(^|\.)localhost\.?$/i;
/** Of the answer only the status counts, so little of the rest is read. */
const answer_bytes_max = 64 * 1024;

/** A sentence about why this address can never be reached; null when it may be tried. */
export function objectionTo(address: string, { this_machine }: Reach): string | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !['https:', 'http:'].includes(url.protocol))
    return 'It must be an address such as https://hooks.example.com/execops.';
  if (url.username !== '' || url.password !== '') return 'It must not hold a user name or a password.';
  const host = hostOf(url);
  const is_local = local_name.test(host) || isLoopback(host);
  if (is_local && this_machine) return null;
  if (url.protocol !== 'https:') return 'It must start with https://, so that nobody on the way can read or change what is sent.';
  const is_private = is_local || (isIP(host) !== 0 && !isPublicAddress(host));
  return is_private ? 'It must be a host on the internet, not this machine or its own network.' : null;
}

/** Resolves to the answer whatever its status; no redirect is followed. Throws a `PostFailed` when there is none. */
export async function post(
  address: string,
  { headers, body }: { headers: Record<string, string | number>; body: string | Buffer },
  { reach, ms_max }: { reach: Reach; ms_max: number },
): Promise<PostAnswer> {
  const objection = objectionTo(address, reach);
  if (objection !== null) throw new PostFailed(objection, true);
  const url = new URL(address);
  const send = url.protocol === 'https:' ? overTls : overHttp;
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body), 'user-agent': 'ExecOps' },
    lookup: lookUpWithin(reach),
    // Every message has a connection of its own: one that was checked.
    agent: false,
    signal: AbortSignal.timeout(ms_max),
  };
  return new Promise((resolve, reject) => {
    const request = send(url, options, (response) => {
      let bytes = 0;
      const done = () => {
        resolve({ status: response.statusCode ?? 0, header: (name) => response.headers[name]?.toString() ?? null });
        request.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > answer_bytes_max) done();
      });
      response.on('end', done);
      // The status is what was asked for, and it is here.
      response.on('error', done);
    });
    // A process that ends does not wait for somebody's answer: the message is sent again by its next start.
    request.on('socket', (socket) => socket.unref());
    request.on('error', (error) => reject(failureOf(error)));
    request.end(body);
  });
}

/** Looks a name up and hands on only addresses that may be reached: the connection is made to one of these. */
function lookUpWithin({ this_machine }: Reach): LookupFunction {
  return (hostname, options, done) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return done(error, []);
      const reachable = addresses.filter(({ address }) => isPublicAddress(address) || (this_machine && isLoopback(address)));
      const [first] = reachable;
      if (first === undefined) return done(new Unreachable('its name leads to this machine or its own network'), []);
      if (options.all === true) return done(null, reachable);
      done(null, first.address, first.family);
    });
  };
}

class Unreachable extends Error {
  override name = 'Unreachable';
}

function failureOf(error: Error): PostFailed {
  if (error instanceof Unreachable) return new PostFailed(`Nothing was sent: ${error.message}.`, true, { cause: error });
  return new PostFailed(`No answer came: ${connectionLoss(error).reason}.`, false, { cause: error });
}

/** Without the brackets that an address of version 6 has in a URL. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

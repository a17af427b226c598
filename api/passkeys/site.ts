/** Where passkeys belong to: a browser offers one only at the site it was made for. */
import { Problem } from '../../domain/problem.ts';

export interface Site {
  /** What WebAuthn calls the relying party's id: the name, without port and path. */
  rp_id: string;
  origin: string;
}

/** Throws where no browser has passkeys: at a number instead of a name, and on plain http anywhere but on this machine. */
export function siteOf(public_url: string | undefined, local_port: number | undefined): Site {
  const { protocol, hostname, origin } = new URL(public_url ?? `http://localhost:${local_port}`);
  const local = hostname === 'localhost' || hostname.endsWith('.localhost');
  const number = /^[\d.]+$/.test(hostname) || hostname.startsWith('[');
  if (number || (protocol !== 'https:' && !local)) {
    throw new Problem(
      'passkeys_not_here',
      `Passkeys need https and a name: set PUBLIC_URL to an address such as https://ops.example.com. It is ${origin}.`,
    );
  }
  return { rp_id: hostname, origin };
}

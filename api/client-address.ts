/** Where a caller comes from, for the routes and for the interface's own forms alike. */
import { getIP } from 'better-auth/api';

/** Set from the connection itself, never taken from the outside. */
export const client_address_header = 'x-execops-client';

export function clientOf(headers: Headers): string {
  return headers.get(client_address_header) ?? '';
}

/** What counts as one address: of IPv6 the network, since whoever has one address there has all of it. */
export function networkOf(address: string): string {
  const headers = new Headers({ [client_address_header]: address });
  return getIP(headers, { advanced: { ipAddress: { ipAddressHeaders: [client_address_header], ipv6Subnet: 64 } } }) ?? address;
}

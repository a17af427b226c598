/** Which hosts a stand-in may have: this machine, its containers and its own network. Anything else has to be reached over TLS. */

const private_ipv4 = /^(127|10)\.|^192\.168\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\./;
const private_ipv6 = /^\[(::1|f[cd][0-9a-f]{2}:|fe80:)/i;
/** https://www.rfc-editor.org/rfc/rfc6761, and `.internal`: https://www.icann.org/en/board-activities-and-meetings/materials/approved-resolutions-special-meeting-of-the-icann-board-29-07-2024-en */
const private_name = /(^|\.)localhost$|\.(local|internal|test)$/i;

/** True for an address that may carry a secret. */
export function isSafeForSecrets(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  if (protocol === 'https:') return true;
  const is_ipv4 = /^[\d.]+$/.test(hostname);
  if (is_ipv4) return private_ipv4.test(hostname);
  if (hostname.startsWith('[')) return private_ipv6.test(hostname);
  // A name without a dot is a container's or a machine's next door.
  return private_name.test(hostname) || !hostname.includes('.');
}

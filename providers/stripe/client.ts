/** One Stripe client, whose retries are off: Temporal owns them. */
import Stripe from 'stripe';

const request_timeout_ms = 10_000;

export interface StripeSettings {
  api_key: string;
  /** A stand-in's address; Stripe's own when absent. */
  api_base?: string;
}

export function createStripeClient({ api_key, api_base }: StripeSettings): Stripe {
  const base = api_base === undefined ? {} : addressOf(new URL(api_base));
  return new Stripe(api_key, { ...base, maxNetworkRetries: 0, timeout: request_timeout_ms, telemetry: false });
}

function addressOf(url: URL): { host: string; port: number; protocol: 'http' | 'https' } {
  const protocol = url.protocol === 'http:' ? 'http' : 'https';
  return { host: url.hostname, port: Number(url.port) || (protocol === 'http' ? 80 : 443), protocol };
}

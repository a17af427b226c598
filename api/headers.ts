/** What every answer tells a browser: whom it may be shown in, what it may load, and what it must never guess. */
import type { RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';

import { docs_style_hash } from './docs-page.ts';

export interface Headers {
  /** For what machines ask, and for /docs, which brings one style and nothing else. */
  api: RequestHandler[];
  /** For the interface. Its pages replace this policy by their own, which has a nonce for each answer. */
  pages: RequestHandler[];
}

/** `secure` says whether people reach this by https: only then may a browser be told to insist on it. */
export function createHeaders(secure: boolean): Headers {
  const everywhere = {
    strictTransportSecurity: secure ? { maxAge: year_seconds, includeSubDomains: false } : false,
    crossOriginEmbedderPolicy: false,
    frameguard: { action: 'deny' },
    // With no-referrer a browser also hides the origin of a plain form, which the interface then takes for another site's.
    referrerPolicy: { policy: 'same-origin' },
  } satisfies HelmetOptions;
  const withPolicy = (directives: Record<string, string[]>) => [
    helmet({ ...everywhere, contentSecurityPolicy: { useDefaults: false, directives } }),
    nothingOfTheDevice,
  ];
  return { api: withPolicy(api_policy), pages: withPolicy(pages_policy) };
}

const year_seconds = 365 * 24 * 60 * 60;

const api_policy = {
  'default-src': ["'none'"],
  'style-src': [`'${docs_style_hash}'`],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

const pages_policy = {
  'default-src': ["'self'"],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
};

/** Passkeys of this site, its clipboard button, and nothing else of what a browser could give away. */
const permissions = [
  ...['camera', 'display-capture', 'geolocation', 'microphone', 'midi', 'payment', 'serial', 'usb', 'browsing-topics'].map(
    (name) => `${name}=()`,
  ),
  ...['publickey-credentials-create', 'publickey-credentials-get', 'clipboard-write'].map((name) => `${name}=(self)`),
].join(', ');

const nothingOfTheDevice: RequestHandler = (_request, response, next) => {
  response.setHeader('permissions-policy', permissions);
  next();
};

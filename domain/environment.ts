/** The whole environment, parsed once at start. A wrong variable is named with what it should be. */
import { z } from 'zod';

import { address } from './address.ts';
import { isSafeForSecrets } from './hosts.ts';

const url = (protocols: string[], example: string) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), `must be an address such as ${example}`);
const http_url = (example: string) => url(['http:', 'https:'], example).transform((text) => text.replace(/\/+$/, ''));
/** A provider's API, which is sent a token. */
const api_url = (example: string) =>
  url(['http:', 'https:'], example)
    .refine(
      (text) => !URL.canParse(text) || isSafeForSecrets(text),
      'must start with https://, or lead to a stand-in on this machine or network',
    )
    .transform((text) => text.replace(/\/+$/, ''));
const secret = (prefix: string, example: string) => z.string().startsWith(prefix, `must start with ${prefix}, such as ${example}`);
/** Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#symmetric */
const standard_secret = z
  .string()
  .regex(
    /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/,
    'must be whsec_ and at least 24 bytes in base64, such as whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  );
const switched = z
  .enum(['1', 'true', '0', 'false'], 'must be 1, true, 0 or false')
  .transform((value) => value === '1' || value === 'true')
  .default(false);

const schema = z.object({
  PORT: z.coerce.number({ error: 'must be a port number from 1 to 65535' }).int().min(1).max(65_535).default(3000),
  PUBLIC_URL: http_url('https://ops.example.com')
    .refine((text) => isPlainAddress(text), 'must be an address without user, query or fragment, such as https://ops.example.com')
    .optional(),
  /** What stands before every path, `/ops`, where the host serves other things too. */
  BASE_PATH: z
    .string()
    .transform(withOneSlashBefore)
    .refine((path) => /^(\/[\w~-][\w.~-]*)*$/.test(path), 'must be a path such as /ops')
    .default(''),
  /** Where the interface was built to; only who builds several needs it. */
  UI_BUILD_DIR: z.string().min(1).optional(),
  DATABASE_URL: url(['postgres:', 'postgresql:'], 'postgres://user:password@localhost:5432/execops').optional(),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s/:]+:\d{1,5}$/, 'must be host:port, such as localhost:7233')
    .optional(),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  TEMPORAL_API_KEY: z.string().min(1).optional(),
  TEMPORAL_TLS: z
    .enum(['1', 'true', '0', 'false'], 'must be 1, true, 0 or false')
    .transform((value) => value === '1' || value === 'true')
    .optional(),
  TEMPORAL_UI_URL: http_url('http://localhost:8233').optional(),
  TEMPORAL_CLI: z.string().min(1).optional(),
  OWNER_EMAIL: address.optional(),
  OWNER_PASSWORD: z.string().min(8, 'must have at least 8 characters').max(128, 'must have at most 128 characters').optional(),
  SMTP_URL: url(['smtp:', 'smtps:'], 'smtps://user:password@mail.example.com:465').optional(),
  MAIL_FROM: z
    .string()
    .max(320)
    .regex(
      /^(?:[^<>\r\n]*<[^<>\s@]+@[^<>\s@]+>|[^<>\s@]+@[^<>\s@]+)$/,
      'must be an address such as ops@example.com or ExecOps <ops@example.com>',
    )
    .optional(),
  STRIPE_API_KEY: z
    .string()
    .regex(/^(sk|rk)_/, 'must be a secret or restricted key, which starts with sk_ or rk_')
    .optional(),
  STRIPE_API_BASE: api_url('https://api.stripe.com').optional(),
  STRIPE_WEBHOOK_SECRET: secret('whsec_', 'whsec_abc').optional(),
  STRIPE_WEBHOOK_SECRET_PREVIOUS: secret('whsec_', 'whsec_abc').optional(),
  GITHUB_WEBHOOK_SECRET: z.string().min(1).optional(),
  GITHUB_TOKEN: z.string().min(1).optional(),
  GITHUB_API_URL: api_url('https://api.github.com').optional(),
  SENTRY_CLIENT_SECRET: z.string().min(1).optional(),
  INTERCOM_CLIENT_SECRET: z.string().min(1).optional(),
  INTERCOM_TOKEN: z.string().min(1).optional(),
  INTERCOM_API_URL: api_url('https://api.intercom.io').optional(),
  SLACK_SIGNING_SECRET: z.string().min(1).optional(),
  SLACK_BOT_TOKEN: secret('xoxb-', 'xoxb-1-2-abc').optional(),
  SLACK_API_URL: api_url('https://slack.com/api').optional(),
  HUBSPOT_CLIENT_SECRET: z.string().min(1).optional(),
  HUBSPOT_TOKEN: z.string().min(1).optional(),
  HUBSPOT_API_URL: api_url('https://api.hubapi.com').optional(),
  FORMS_WEBHOOK_SECRET: standard_secret.optional(),
  EMAIL_WEBHOOK_SECRET: standard_secret.optional(),
  LEDGER_WEBHOOK_SECRET: standard_secret.optional(),
  /** Signals of these are acted on only when asked for. */
  FEATURE_GITHUB: switched,
  FEATURE_SENTRY: switched,
  OPENAI_API_KEY: z.string().min(1).optional(),
  OPENAI_BASE_URL: http_url('https://api.openai.com/v1').optional(),
  OPENAI_MODEL: z.string().min(1).default('gpt-5-mini'),
  UNDO_SECONDS: z.coerce
    .number({ error: 'must be a whole number of seconds from 0 to 3600' })
    .int('must be a whole number of seconds from 0 to 3600')
    .min(0)
    .max(3_600)
    .optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Where embedded Postgres, mails and generated secrets live. */
  DATA_DIR: z.string().min(1).default('./data'),
});

export type Environment = z.output<typeof schema>;

/** The variables were wrong; `message` has one sentence for each. */
export class EnvironmentError extends Error {
  override name = 'EnvironmentError';
}

/** Reads the variables ExecOps knows; an empty one counts as unset. Throws an EnvironmentError that names each wrong one. */
export function parseEnvironment(variables: Record<string, string | undefined>): Environment {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value.trim() !== ''));
  const parsed = schema.safeParse(set);
  const sentences = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`);
  if ((set.OWNER_EMAIL === undefined) !== (set.OWNER_PASSWORD === undefined)) {
    sentences.push('OWNER_EMAIL and OWNER_PASSWORD belong together: set both, or neither for a one-time sign-in link.');
  }
  if (parsed.success && parsed.data.PUBLIC_URL !== undefined) {
    const [said, base_path] = [pathOf(parsed.data.PUBLIC_URL), parsed.data.BASE_PATH];
    if (said !== '' && said !== base_path)
      sentences.push(
        `PUBLIC_URL ends with ${said}, and BASE_PATH is ${base_path || 'not set'}. Set BASE_PATH=${said}, or take the path out of PUBLIC_URL.`,
      );
  }
  if (!parsed.success || sentences.length > 0) throw new EnvironmentError(sentences.join('\n'));
  return parsed.data;
}

/** The address people open, with the base path and without a slash at its end; links, the sample sender and the origin check use it. */
export function publicUrlOf({
  PUBLIC_URL,
  PORT,
  BASE_PATH = '',
}: Pick<Environment, 'PUBLIC_URL' | 'PORT'> & { BASE_PATH?: string }): string {
  return new URL(PUBLIC_URL ?? `http://localhost:${PORT}`).origin + BASE_PATH;
}

/** `/ops` or nothing: a slash before it and none behind it. */
function withOneSlashBefore(text: string): string {
  const path = text.trim().replace(/^\/+|\/+$/g, '');
  return path === '' ? '' : `/${path}`;
}

function pathOf(url: string): string {
  return new URL(url).pathname.replace(/\/+$/, '');
}

function isPlainAddress(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password, search, hash } = new URL(text);
  return username === '' && password === '' && search === '' && hash === '';
}

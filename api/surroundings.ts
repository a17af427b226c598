import type { Surroundings } from '../domain/app.ts';
import type { Environment } from '../domain/environment.ts';

/** The doors whose provider is switched on by a secret of its own. */
const doors = {
  STRIPE_WEBHOOK_SECRET: 'Stripe',
  INTERCOM_CLIENT_SECRET: 'Intercom',
  GITHUB_WEBHOOK_SECRET: 'GitHub',
  SENTRY_CLIENT_SECRET: 'Sentry',
  SLACK_SIGNING_SECRET: 'Slack',
  HUBSPOT_CLIENT_SECRET: 'HubSpot',
  FORMS_WEBHOOK_SECRET: 'forms',
  EMAIL_WEBHOOK_SECRET: 'mail',
  LEDGER_WEBHOOK_SECRET: 'ledger',
} as const satisfies Partial<Record<keyof Environment, string>>;

export const webhooks_name = 'Webhooks';

/** What acts on the real world or reads from it. */
const actors = [
  'SMTP_URL',
  'STRIPE_API_KEY',
  'GITHUB_TOKEN',
  'INTERCOM_TOKEN',
  'SLACK_BOT_TOKEN',
  'HUBSPOT_TOKEN',
] as const satisfies (keyof Environment)[];

/** What is switched on, in words that hold no secret. `providers` are what actions run with; the webhooks' doors come first. */
export function surroundingsOf(environment: Environment, providers: Surroundings['connections']): Surroundings {
  const signed = Object.entries(doors).flatMap(([variable, name]) =>
    environment[variable as keyof typeof doors] === undefined ? [] : [name],
  );
  const real = signed.length > 0 || actors.some((variable) => environment[variable] !== undefined);
  return {
    mode: real ? 'production' : 'development',
    connections: [webhooksOf(signed), ...providers],
    temporal_ui_url: environment.TEMPORAL_UI_URL ?? null,
  };
}

function webhooksOf(signed: string[]): Surroundings['connections'][number] {
  const detail =
    signed.length === 0
      ? 'Generated secrets sign the samples. Set STRIPE_WEBHOOK_SECRET, INTERCOM_CLIENT_SECRET and so on.'
      : `Signed by your own secret: ${signed.join(', ')}.`;
  return { name: webhooks_name, connected: signed.length > 0, detail };
}

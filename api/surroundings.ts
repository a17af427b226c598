import type { Surroundings } from '../domain/app.ts';
import type { Environment } from '../domain/environment.ts';

/** What is switched on, in words that hold no secret. */
export function surroundingsOf(environment: Environment): Surroundings {
  const { SMTP_URL, STRIPE_WEBHOOK_SECRET, STRIPE_API_KEY, OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL, TEMPORAL_UI_URL, DATA_DIR } =
    environment;
  const model = OPENAI_API_KEY !== undefined || OPENAI_BASE_URL !== undefined;
  const connections = [
    {
      name: 'Email',
      connected: SMTP_URL !== undefined,
      detail: SMTP_URL === undefined ? `Mails are written to ${DATA_DIR}/outbox` : new URL(SMTP_URL).host,
    },
    {
      name: 'Stripe webhooks',
      connected: STRIPE_WEBHOOK_SECRET !== undefined,
      detail:
        STRIPE_WEBHOOK_SECRET === undefined ? 'A generated secret signs the sample; set STRIPE_WEBHOOK_SECRET' : 'Signed by your endpoint',
    },
    {
      name: 'Stripe API',
      connected: STRIPE_API_KEY !== undefined,
      detail: STRIPE_API_KEY === undefined ? 'Set STRIPE_API_KEY for pausing collection' : 'Pausing collection',
    },
    { name: 'Language model', connected: model, detail: model ? OPENAI_MODEL : 'The rules write the words' },
  ];
  const real = [SMTP_URL, STRIPE_API_KEY, STRIPE_WEBHOOK_SECRET].some((value) => value !== undefined);
  return { mode: real ? 'production' : 'development', connections, temporal_ui_url: TEMPORAL_UI_URL ?? null };
}

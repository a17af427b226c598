import type { Surroundings } from '../domain/app.ts';
import type { Environment } from '../domain/environment.ts';

/** What is switched on, in words that hold no secret. `providers` are what actions run with; the webhooks' door comes first. */
export function surroundingsOf(environment: Environment, providers: Surroundings['connections']): Surroundings {
  const { SMTP_URL, STRIPE_WEBHOOK_SECRET, STRIPE_API_KEY, TEMPORAL_UI_URL } = environment;
  const webhooks = {
    name: 'Stripe webhooks',
    connected: STRIPE_WEBHOOK_SECRET !== undefined,
    detail:
      STRIPE_WEBHOOK_SECRET === undefined ? 'A generated secret signs the sample. Set STRIPE_WEBHOOK_SECRET.' : 'Signed by your endpoint',
  };
  const real = [SMTP_URL, STRIPE_API_KEY, STRIPE_WEBHOOK_SECRET].some((value) => value !== undefined);
  return { mode: real ? 'production' : 'development', connections: [webhooks, ...providers], temporal_ui_url: TEMPORAL_UI_URL ?? null };
}

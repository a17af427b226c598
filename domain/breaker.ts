/** The circuit breaker of each provider: after several connections in a row that failed, actions wait instead of trying. */
import { isOperation } from './operations.ts';

/** As a person calls them, at the start of a sentence. */
export const provider_names = {
  email: 'The mail server',
  stripe: 'Stripe',
  slack: 'Slack',
  github: 'GitHub',
  intercom: 'Intercom',
  hubspot: 'HubSpot',
} as const;
export type ProviderName = keyof typeof provider_names;
export const providers: readonly ProviderName[] = ['email', 'stripe', 'slack', 'github', 'intercom', 'hubspot'];

export const failures_in_a_row_max = 5;
export const cool_down_seconds = 30;

/** Who has to answer for this action to run as this connection; null when nobody outside has to. */
export function providerOf(action_type: string, operation: string | null, connection: string | null): ProviderName | null {
  if (connection === null || connection === 'outbox:local') return null;
  if (action_type === 'email') return 'email';
  if (action_type === 'slack_dm') return 'slack';
  if (operation === null || !isOperation(operation)) return null;
  // Invitations go out as mails.
  const [prefix] = operation.split('.');
  return prefix === 'calendar' ? 'email' : (providers.find((name) => name === prefix) ?? null);
}

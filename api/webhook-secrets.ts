/** Which secrets sign for a door, kept in memory: the hot path asks Postgres for the event's own row and nothing else. */
import type { Environment } from '../domain/environment.ts';
import type { IngestSource } from '../domain/event.ts';
import type { Database } from '../prisma/database.ts';
import { endpointSecret, keptSecret } from '../prisma/webhook-secrets.ts';

export interface SecretsOfDoor {
  org_id: string;
  secrets: string[];
}

export interface WebhookSecrets {
  /** Null for an endpoint that nobody has. */
  of(source: IngestSource, endpoint: string): Promise<SecretsOfDoor | null>;
}

export interface WebhookSecretsDeps {
  db: Pick<Database, 'sql'>;
  environment: Environment;
  /** The organisation that the environment's secrets belong to. */
  org_id: string;
}

export function createWebhookSecrets({ db, environment, org_id }: WebhookSecretsDeps): WebhookSecrets {
  const configured: Record<IngestSource, (string | undefined)[]> = {
    stripe: [environment.STRIPE_WEBHOOK_SECRET, environment.STRIPE_WEBHOOK_SECRET_PREVIOUS],
    intercom: [environment.INTERCOM_CLIENT_SECRET],
    github: [environment.GITHUB_WEBHOOK_SECRET],
    sentry: [environment.SENTRY_CLIENT_SECRET],
    slack: [environment.SLACK_SIGNING_SECRET],
    hubspot: [environment.HUBSPOT_CLIENT_SECRET],
    forms: [environment.FORMS_WEBHOOK_SECRET],
    email: [environment.EMAIL_WEBHOOK_SECRET],
    ledger: [environment.LEDGER_WEBHOOK_SECRET],
  };
  const known = new Map<string, SecretsOfDoor>();

  async function find(source: IngestSource, endpoint: string): Promise<SecretsOfDoor | null> {
    if (endpoint !== '') {
      const found = await endpointSecret(db, source, endpoint);
      return found && { org_id: found.org_id, secrets: [found.secret] };
    }
    const secrets = configured[source].filter((secret) => secret !== undefined);
    return { org_id, secrets: secrets.length > 0 ? secrets : [await keptSecret(db, org_id, source)] };
  }

  return {
    async of(source, endpoint) {
      const door = `${source}/${endpoint}`;
      const found = known.get(door) ?? (await find(source, endpoint));
      if (found !== null) known.set(door, found);
      return found;
    },
  };
}

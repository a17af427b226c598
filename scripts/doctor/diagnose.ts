/** Looks at everything that is configured, all at once. */
import type { Environment } from '../../domain/environment.ts';
import { examineAddress } from './address.ts';
import { createAsker } from './asking.ts';
import { examineClock } from './clock.ts';
import { examined, type Finding } from './finding.ts';
import { examineMail } from './mail.ts';
import { examinePostgres } from './postgres.ts';
import { examineModel, providerChecks } from './providers.ts';
import { examineSigning, examineToken } from './slack.ts';
import { examineTemporal } from './temporal.ts';

/** In the order in which one depends on another. No secret of the environment is in what they say. */
export async function diagnose(environment: Environment): Promise<Finding[]> {
  const asker = createAsker();
  const found = await Promise.all([
    examined('Postgres', () => examinePostgres(environment)),
    examined('Temporal', () => examineTemporal(environment)),
    examined('PUBLIC_URL', () => examineAddress(environment, asker)),
    examined('SMTP', () => examineMail(environment)),
    ...providerChecks(environment, asker).map(({ name, check }) => examined(name, check)),
    examined('Language model', () => examineModel(environment, asker)),
    examined('Slack', () => examineToken(environment, asker)),
    examined('Slack signature', () => examineSigning(environment, asker)),
  ]);
  return [...found.flat(), examineClock(asker.skews)].map((finding) => ({
    ...finding,
    detail: withoutSecrets(finding.detail, environment),
  }));
}

const secret_names = /(TOKEN|SECRET|SECRET_PREVIOUS|PASSWORD|API_KEY)$/;
const secret_chars_min = 6;

/** What others answer may repeat what they were sent. */
function withoutSecrets(text: string, environment: Environment): string {
  const named = Object.entries(environment).flatMap(([name, value]) =>
    typeof value === 'string' && secret_names.test(name) ? [value] : [],
  );
  const in_urls = [environment.DATABASE_URL, environment.SMTP_URL].flatMap((url) => (url === undefined ? [] : passwordsIn(new URL(url))));
  return [...named, ...in_urls]
    .filter((secret) => secret.length >= secret_chars_min)
    .reduce((said, secret) => said.replaceAll(secret, '…'), text);
}

function passwordsIn({ password }: URL): string[] {
  return password === '' ? [] : [password, decodeURIComponent(password)];
}

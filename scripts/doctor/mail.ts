import { createTransport } from 'nodemailer';

import type { Environment } from '../../domain/environment.ts';
import { failed, off, ok, type Finding } from './finding.ts';

const name = 'SMTP';
const step_ms_max = 8_000;

/** Connects and signs in; sends nothing. */
export async function examineMail({ SMTP_URL }: Pick<Environment, 'SMTP_URL'>): Promise<Finding> {
  if (SMTP_URL === undefined) return off(name, 'SMTP_URL is not set: mails are written into a folder.');
  const { host } = new URL(SMTP_URL);
  const transport = createTransport({
    url: SMTP_URL,
    connectionTimeout: step_ms_max,
    greetingTimeout: step_ms_max,
    socketTimeout: step_ms_max,
  });
  try {
    await transport.verify();
    return ok(name, `${host} takes mail from us.`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
    if (code === 'EAUTH') return failed(name, `${host} refused the user name or password in SMTP_URL.`);
    return failed(
      name,
      `${host} cannot be used (${code || 'no reason given'}). Check host, port and TLS in SMTP_URL: smtps:// for port 465, smtp:// for 587.`,
    );
  } finally {
    transport.close();
  }
}

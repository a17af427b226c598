import type { Environment } from '../../domain/environment.ts';
import type { Asker } from './asking.ts';
import { failed, odd, off, ok, sentenceOf, type Finding } from './finding.ts';

const name = 'PUBLIC_URL';
const own_machine = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether providers and people reach the web process by its public name, as far as this machine can tell. */
export async function examineAddress({ PUBLIC_URL }: Pick<Environment, 'PUBLIC_URL'>, { ask }: Asker): Promise<Finding> {
  if (PUBLIC_URL === undefined) return off(name, 'Not set: only this machine reaches ExecOps, and no provider does.');
  const { status, json } = await ask(`${PUBLIC_URL}/health`).catch((error: unknown) => {
    throw new Error(
      `${PUBLIC_URL}/health cannot be reached from here: ${sentenceOf(error)}. Check its DNS, its proxy, and that ExecOps runs.`,
    );
  });
  const healthy = status === 200 && typeof json === 'object' && json !== null && 'status' in json && json.status === 'ok';
  if (!healthy) return failed(name, `${PUBLIC_URL}/health answers ${status}, and not as ExecOps does. Does the proxy lead here?`);
  const { protocol, hostname } = new URL(PUBLIC_URL);
  if (protocol !== 'https:' && !own_machine.has(hostname))
    return odd(name, `${PUBLIC_URL} answers, but without TLS: providers want https, and sessions are not safe.`);
  return ok(name, `${PUBLIC_URL} answers.`);
}

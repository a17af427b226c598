import { publicUrlOf, type Environment } from '../../domain/environment.ts';
import type { Asker } from './asking.ts';
import { failed, odd, off, ok, sentenceOf, type Finding } from './finding.ts';

const name = 'PUBLIC_URL';
const own_machine = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether providers and people reach the web process by its public name, as far as this machine can tell. */
export async function examineAddress(
  environment: Pick<Environment, 'PUBLIC_URL' | 'PORT'> & { BASE_PATH?: string },
  { ask }: Asker,
): Promise<Finding> {
  if (environment.PUBLIC_URL === undefined) return off(name, 'Not set: only this machine reaches ExecOps, and no provider does.');
  const public_url = publicUrlOf(environment);
  const { status, json } = await ask(`${public_url}/health`).catch((error: unknown) => {
    throw new Error(
      `${public_url}/health cannot be reached from here: ${sentenceOf(error)}. Check its DNS, its proxy, and that ExecOps runs.`,
    );
  });
  const healthy = status === 200 && typeof json === 'object' && json !== null && 'status' in json && json.status === 'ok';
  if (!healthy) return failed(name, `${public_url}/health answers ${status}, and not as ExecOps does. Does the proxy lead here?`);
  const { protocol, hostname } = new URL(public_url);
  if (protocol !== 'https:' && !own_machine.has(hostname))
    return odd(name, `${public_url} answers, but without TLS: providers want https, and sessions are not safe.`);
  return ok(name, `${public_url} answers.`);
}

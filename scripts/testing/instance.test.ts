import { expect, test } from 'vitest';

import { startInstance } from './instance.ts';
import { until } from './wait.ts';

const slow = { timeout: 180_000 };

test('an instance signs its owner in, survives a kill and stops', slow, async () => {
  const instance = await startInstance({ env: { LOG_LEVEL: 'info' } });
  try {
    const signIn = () =>
      fetch(`${instance.url}/api/auth/sign-in/email`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: instance.url },
        body: JSON.stringify(instance.owner),
      });
    expect((await signIn()).status).toBe(200);

    const killed = instance.pid('worker');
    await instance.kill('worker', 'SIGKILL');
    await instance.restart('worker');
    expect(instance.pid('worker')).not.toBe(killed);
    await instance.restart('web');
    expect((await signIn()).status).toBe(200);
    await until('the worker says that it polls', () =>
      instance.logs.some(({ process, fields }) => process === 'worker' && fields.msg === 'the worker polls'),
    );
  } finally {
    await instance.stop();
  }
  await expect(fetch(instance.url)).rejects.toThrow();
});

test('an instance with a Temporal server of its own is not ready while that is down', slow, async () => {
  const instance = await startInstance({ own_temporal: true, processes: ['web'] });
  try {
    await instance.kill('temporal', 'SIGKILL');
    await until('it is not ready', async () => (await fetch(`${instance.url}/ready`)).status === 503);
    await instance.restart('temporal');
    await instance.untilReady();
  } finally {
    await instance.stop();
  }
});

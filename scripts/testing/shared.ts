/** Asks the test run for what its tests share; it is started or built with the first question. */
import { get } from 'node:http';

import { inject } from 'vitest';

export async function shared<T>(path: '/postgres' | '/temporal' | '/workflows' | '/ui' | '/ui-below'): Promise<T> {
  const { status, body } = await fetchText(`${inject('test_servers')}${path}`);
  if (status !== 200) throw new Error(body);
  return JSON.parse(body) as T;
}

/** Node's `fetch` gives up after 300 s, and building the Temporal server may take longer. */
function fetchText(url: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    }).on('error', reject);
  });
}

/** Reads /api/stream: the product's own announcement of every change, and so the measurement that asks least of it. */
import { get, type IncomingMessage } from 'node:http';

import { z } from 'zod';

const change = z.object({ proposal_id: z.uuid(), seq: z.number(), from_status: z.string().nullable(), to_status: z.string().nullable() });
export type Change = z.infer<typeof change>;

/** Resolves once the stream is open; `onChange` is called for every change from then on. */
export async function openStream(port: number, cookie: string, onChange: (change: Change) => void): Promise<{ close(): void }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: '/api/stream', headers: { cookie, accept: 'text/event-stream' } }, resolve).on('error', reject);
  });
  if (response.statusCode !== 200) throw new Error(`/api/stream answers ${response.statusCode}`);
  let closing = false;
  let rest = '';
  const ready = new Promise<void>((resolve, reject) => {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const messages = (rest + chunk).split('\n\n');
      rest = messages.pop() ?? '';
      for (const message of messages) {
        const { event, data } = fieldsOf(message);
        if (event === 'ready') resolve();
        if (event === 'proposal' && data !== undefined) onChange(change.parse(JSON.parse(data)));
      }
    });
    response.on('close', () => {
      const broken = new Error('/api/stream was closed');
      reject(broken);
      if (!closing) throw broken;
    });
  });
  await ready;
  return {
    close() {
      closing = true;
      response.destroy();
    },
  };
}

function fieldsOf(message: string): { [name: string]: string | undefined } {
  return Object.fromEntries(
    message.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
}

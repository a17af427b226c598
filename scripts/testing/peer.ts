/** A stand-in for a provider's API over real HTTP, which can be told to fail in the ways that real ones do. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface PeerRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** As it came. */
  text: string;
  raw: Buffer;
}

export interface PeerAnswer {
  status: number;
  body?: unknown;
  headers?: { [name: string]: string };
}

/**
 * An answer instead of the work, or: `hang` says nothing and does nothing, `drop` hangs up and does nothing,
 * `drop_after_effect` does it and hangs up, `garbage_after_effect` does it and answers no JSON,
 * `error_after_effect` does it and answers 502.
 */
export type Fault = PeerAnswer | 'hang' | 'drop' | 'drop_after_effect' | 'garbage_after_effect' | 'error_after_effect';

export interface Peer {
  url: string;
  /** Every request, oldest first. */
  requests: PeerRequest[];
  /** The next requests to this path (a part of it is enough) fail so, one each. */
  next(path: string, ...faults: Fault[]): void;
  /** Refuses connections from now on, until it listens again. */
  close(): Promise<void>;
  /** Listens where it did before, and remembers everything. */
  reopen(): Promise<void>;
}

export async function startPeer(answer: (request: PeerRequest) => PeerAnswer, port = 0): Promise<Peer> {
  const requests: PeerRequest[] = [];
  const faults: { path: string; fault: Fault }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((raw, response) => void take(raw, response));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  async function take(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(raw.url ?? '/', 'http://peer');
    const chunks: Buffer[] = [];
    for await (const chunk of raw) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const text = body.toString('utf8');
    const request = {
      method: raw.method ?? '',
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      headers: raw.headers,
      text,
      raw: body,
    };
    requests.push(request);
    const index = faults.findIndex(({ path }) => request.path.includes(path));
    const fault = index === -1 ? undefined : faults.splice(index, 1)[0]?.fault;
    if (fault === 'hang') return;
    if (fault === 'drop') return void raw.socket.destroy();
    if (typeof fault === 'object') return send(response, fault);
    const done = answer(request);
    if (fault === 'drop_after_effect') return void raw.socket.destroy();
    if (fault === 'garbage_after_effect')
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Bad gateway, but with a smile</html>');
    if (fault === 'error_after_effect') return send(response, { status: 502, body: { message: 'Bad gateway' } });
    send(response, done);
  }

  const listen = (on: number) => new Promise<void>((resolve) => server.listen(on, '127.0.0.1', resolve));
  await listen(port);
  const own_port = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${own_port}`,
    requests,
    next: (path, ...more) => void faults.push(...more.map((fault) => ({ path, fault }))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    reopen: () => listen(own_port),
  };
}

function send(response: ServerResponse, { status, body, headers = {} }: PeerAnswer): void {
  if (body === undefined) return void response.writeHead(status, headers).end();
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(JSON.stringify(body));
}

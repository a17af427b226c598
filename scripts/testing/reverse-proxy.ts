/** What stands in front of ExecOps where it is deployed: it ends TLS, says who asked, and leaves the path as it is. */
import { once } from 'node:events';
import { createServer as createPlainServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

import { selfSigned } from './certificate.ts';

export interface ReverseProxy {
  /** What people open: `https://localhost:45123`. */
  origin: string;
  /** What came in since the start, as the method and the path. */
  asked: string[];
  close(): Promise<void>;
}

export interface ReverseProxyOptions {
  tls?: boolean;
  /** Gives ExecOps its own name for it, as many proxies do unless they are told to keep the browser's. */
  rewrites_host?: boolean;
}

/** `target` is asked for when a request comes in, so that what stands behind may be started later. */
export async function startReverseProxy(
  target: () => string,
  { tls = false, rewrites_host = false }: ReverseProxyOptions = {},
): Promise<ReverseProxy> {
  const asked: string[] = [];
  const forward: RequestListener = (incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const to = new URL(target());
    const headers = {
      ...incoming.headers,
      ...(rewrites_host && { host: to.host }),
      'x-forwarded-for': incoming.socket.remoteAddress,
      'x-forwarded-proto': tls ? 'https' : 'http',
      'x-forwarded-host': incoming.headers.host,
    };
    const onward = request(
      { host: to.hostname, port: to.port, method: incoming.method, path: incoming.url, headers },
      (answer: IncomingMessage) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        // Whichever side breaks off ends the other; there is nobody else to tell.
        pipeline(answer, outgoing, () => undefined);
      },
    );
    onward.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end('Bad gateway')));
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  };
  const server: Server = tls ? createTlsServer(await selfSigned('localhost'), forward) : createPlainServer(forward);
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return {
    origin: `${tls ? 'https' : 'http'}://localhost:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

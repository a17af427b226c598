/** Mounts the built interface. It reaches the application in-process, without another HTTP hop. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { RequestHandler } from 'express';

import type { App } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import { client_address_header } from './application.ts';

declare module 'http' {
  interface IncomingMessage {
    /** What the interface asks; it finds this as `event.platform.req.execops`. */
    execops?: App;
  }
}

const handler_path = fileURLToPath(new URL('../ui/build/handler.js', import.meta.url));

export async function mountUi(app: App, public_url: string | undefined): Promise<RequestHandler> {
  if (!existsSync(handler_path)) return notBuilt;
  // The interface's server compares each form's Origin with its own address, whose protocol it learns from this header only.
  process.env.PROTOCOL_HEADER ??= 'x-forwarded-proto';
  const { handler } = await import(handler_path);
  return (request, response, next) => {
    request.execops = app;
    request.headers['x-forwarded-proto'] = protocolOf(request.headers.host, public_url) ?? request.protocol;
    request.headers[client_address_header] = request.ip ?? '';
    handler(request, response, next);
  };
}

/** Under its public name it is reached as its public address says, whatever stands in between. */
function protocolOf(host: string | undefined, public_url: string | undefined): string | undefined {
  if (public_url === undefined) return undefined;
  const url = new URL(public_url);
  return url.host === host ? url.protocol.slice(0, -1) : undefined;
}

const notBuilt: RequestHandler = () => {
  throw new Problem('unavailable', 'The interface is not built. Run "npm run build" and start again; the API works meanwhile.');
};

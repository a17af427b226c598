/** Mounts the built interface. It reaches the application in-process, without another HTTP hop. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { RequestHandler } from 'express';

import type { App } from '../domain/app.ts';
import { EnvironmentError, type Environment } from '../domain/environment.ts';
import { Problem } from '../domain/problem.ts';
import { client_address_header } from './client-address.ts';

declare module 'http' {
  interface IncomingMessage {
    /** What the interface asks; it finds this as `event.platform.req.execops`. */
    execops?: App;
  }
}

const default_build_dir = fileURLToPath(new URL('../ui/build', import.meta.url));

export async function mountUi(
  app: App,
  { PUBLIC_URL, BASE_PATH, UI_BUILD_DIR }: Pick<Environment, 'PUBLIC_URL' | 'BASE_PATH' | 'UI_BUILD_DIR'>,
): Promise<RequestHandler> {
  const build_dir = UI_BUILD_DIR === undefined ? default_build_dir : resolve(UI_BUILD_DIR);
  const handler_path = join(build_dir, 'handler.js');
  if (!existsSync(handler_path)) return notBuilt;
  // The build puts what browsers load below the path that it was made for.
  if (!existsSync(join(build_dir, 'client', BASE_PATH, '_app')))
    throw new EnvironmentError(
      `BASE_PATH is ${BASE_PATH || 'not set'}, but the interface was built for another one. Run "npm run build" with the same BASE_PATH.`,
    );
  // The interface's server compares each form's Origin with its own address, whose protocol it learns from this header only.
  process.env.PROTOCOL_HEADER ??= 'x-forwarded-proto';
  const { handler } = await import(pathToFileURL(handler_path).href);
  const known_as = PUBLIC_URL === undefined ? undefined : new URL(PUBLIC_URL);
  return (request, response, next) => {
    request.execops = app;
    // A form that comes from the public origin is judged by it, also behind a proxy that gives us a host name of its own.
    if (known_as !== undefined && request.headers.origin === known_as.origin) request.headers.host = known_as.host;
    request.headers['x-forwarded-proto'] = protocolOf(request.headers.host, known_as) ?? request.protocol;
    // The interface knows the path it is served below; the router has cut it off.
    request.url = request.originalUrl;
    request.headers[client_address_header] = request.ip ?? '';
    handler(request, response, next);
  };
}

/** Under its public name it is reached as its public address says, whatever stands in between. */
function protocolOf(host: string | undefined, known_as: URL | undefined): string | undefined {
  return known_as !== undefined && known_as.host === host ? known_as.protocol.slice(0, -1) : undefined;
}

const notBuilt: RequestHandler = () => {
  throw new Problem('unavailable', 'The interface is not built. Run "npm run build" and start again; the API works meanwhile.');
};

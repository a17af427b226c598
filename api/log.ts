/** Structured logs: one JSON line each, on standard output. No bodies, no cookies, no addresses, no secrets. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { pino, type Logger } from 'pino';
import { pinoHttp } from 'pino-http';

import type { Environment } from '../domain/environment.ts';

export type { Logger } from 'pino';

export function createLogger(level: Environment['LOG_LEVEL']): Logger {
  return pino({
    level,
    base: { process: 'web' },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}

/** One line for each finished request. The query string stays out of it: it may carry a sign-in link's token. */
export function requestLog(logger: Logger) {
  return pinoHttp<IncomingMessage, ServerResponse>({
    logger,
    genReqId: () => crypto.randomUUID(),
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'request_id', responseTime: 'took_ms' },
    serializers: {
      req: ({ method, url }: { method: string; url: string }) => ({ method, path: url.split('?', 1)[0] }),
      res: ({ statusCode }: { statusCode: number }) => ({ status: statusCode }),
      err: ({ type, message }: { type: string; message: string }) => ({ type, message }),
    },
    customLogLevel: (_request, response) => (response.statusCode >= 500 ? 'error' : 'info'),
    autoLogging: { ignore: ({ url }) => quiet_paths.test(url ?? '') },
  });
}

/** Asked every few seconds by machines, or a page's parts: a line for each would bury the others. */
const quiet_paths = /^\/(health|healthz|ready|metrics|_app\/)/;

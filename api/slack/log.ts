import { LogLevel, type Logger as BoltLogger } from '@slack/bolt';

import type { Logger } from '../log.ts';

/** What Bolt has to say goes where everything else goes, as text. */
export function boltLogger(logger: Logger): BoltLogger {
  const to =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (...said: unknown[]): void =>
      logger[level]({ bolt: said.map(String).join(' ').slice(0, 500) }, 'Bolt');
  return {
    debug: () => undefined,
    info: to('debug'),
    warn: to('warn'),
    error: to('error'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  };
}

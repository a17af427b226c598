import type { Logger as BoltLogger, LogLevel } from '@slack/bolt';

import type { Logger } from '../log.ts';

/** As Bolt's own enumeration has it, which cannot be named without loading Bolt. */
const level_info = 'info' as LogLevel.INFO;

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
    getLevel: () => level_info,
    setName: () => undefined,
  };
}

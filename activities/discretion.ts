import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import type { Logger } from 'pino';

/**
 * A failed activity leaves its error in Temporal's history, with its message, its stack and all its causes, and a mail
 * server's refusal repeats the recipient. So the history gets the error's name, and the log its sentence.
 */
export function createDiscretion(logger: Logger) {
  return <Input, Output>(activity: (input: Input) => Promise<Output>) =>
    async (input: Input): Promise<Output> => {
      try {
        return await activity(input);
      } catch (error) {
        // Temporal's own, such as a cancellation, are part of its protocol.
        if (error instanceof TemporalFailure) throw error;
        const name = error instanceof Error ? error.name : 'Error';
        logger.warn({ ...idsOf(input), reason: error instanceof Error ? error.message : name }, 'an activity failed; it is tried again');
        const failure = ApplicationFailure.retryable(name, name);
        // Where our files lie is nobody's business either; the log has the whole error.
        failure.stack = name;
        throw failure;
      }
    };
}

function idsOf(input: unknown): object {
  return typeof input === 'object' && input !== null ? input : {};
}

import { ApplicationFailure } from '@temporalio/common';

/** Asks Temporal to call again after this long. Its history gets the name and nothing else: not even where our files lie. */
export function retryIn(name: string, ms: number): ApplicationFailure {
  const failure = ApplicationFailure.create({ message: name, type: name, nextRetryDelay: ms });
  failure.stack = name;
  return failure;
}

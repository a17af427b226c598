import { error } from '@sveltejs/kit';

import type { Problem } from '#domain/problem.ts';

/** By its name: the application's class and the one bundled here would not be the same. */
export function isProblem(thrown: unknown): thrown is Problem {
  return thrown instanceof Error && thrown.name === 'Problem' && 'status' in thrown;
}

/** For reading: a problem becomes the error page, with its own status and sentence. */
export async function page<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    if (isProblem(thrown)) error(thrown.status, thrown.message);
    throw thrown;
  }
}

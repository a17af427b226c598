import { Context } from '@temporalio/activity';

const beat_ms = 2_500;

/** Heartbeats while the work runs, so that a dead worker is noticed in seconds. Local activities need none. */
export async function whileBeating<Result>(work: () => Promise<Result>): Promise<Result> {
  const { info } = Context.current();
  if (info.isLocal) return work();
  const beat = setInterval(() => Context.current().heartbeat(), beat_ms);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}

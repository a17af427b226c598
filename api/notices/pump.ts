/** Work that is done when somebody says that there may be some, and again when what waits of it is due. */

export interface Pump {
  /** There may be work. While it is being done, this has it looked at once more. */
  rouse(): void;
  /** Takes on nothing new, and resolves when what runs is done. */
  stop(): Promise<void>;
}

export interface Work {
  /** Does all that is due. Resolves to in how many milliseconds more is; null when nothing waits. Stops early when `stopping` says so. */
  sweep(stopping: () => boolean): Promise<number | null>;
  /** The work as a whole failed, such as because Postgres is away; it is tried again later. */
  failed(error: unknown): void;
}

const back_off_ms_max = 60_000;
/** Another replica's lease may end a moment later than this process's clock says. */
const timer_slack_ms = 100;
/** The longest that setTimeout can wait. */
const timer_ms_max = 2 ** 31 - 1;

export function createPump({ sweep, failed }: Work): Pump {
  let stopping = false;
  let roused = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;

  function rouse(): void {
    roused = true;
    if (!stopping) running ??= run().finally(() => (running = null));
  }

  async function run(): Promise<void> {
    while (roused && !stopping) {
      roused = false;
      clearTimeout(timer);
      const ms = await sweepOnce();
      // There is a timer only while something waits for it.
      if (ms === null || stopping) continue;
      timer = setTimeout(rouse, Math.min(Math.max(ms, 0) + timer_slack_ms, timer_ms_max));
      timer.unref();
    }
  }

  async function sweepOnce(): Promise<number | null> {
    try {
      const ms = await sweep(() => stopping);
      failures = 0;
      return ms;
    } catch (error) {
      failures += 1;
      failed(error);
      return Math.min(back_off_ms_max, 500 * 2 ** Math.min(failures, 10));
    }
  }

  return {
    rouse,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await running;
    },
  };
}

export interface Lanes {
  count: number;
  /** Does what is due, one after the other, until nothing is that this lane may take. Resolves to whether there was anything. */
  lane(index: number, stopping: () => boolean): Promise<boolean>;
  /** In how many milliseconds more is due; null when nothing waits. */
  nextIn(): Promise<number | null>;
  failed: Work['failed'];
}

/** Several hands at one list, each by itself: one that is held up keeps none of the others from what comes meanwhile. */
export function createLanes({ count, lane, nextIn, failed }: Lanes): Pump {
  const others = Array.from({ length: count - 1 }, (_, index) =>
    createPump({
      async sweep(stopping) {
        // What it could not do is due again at a time that only the first lane looks at.
        if (await lane(index + 1, stopping)) first.rouse();
        return null;
      },
      failed,
    }),
  );
  // The first one looks at the clock for all of them.
  const first: Pump = createPump({
    async sweep(stopping) {
      for (const other of others) other.rouse();
      await lane(0, stopping);
      return nextIn();
    },
    failed,
  });
  const all = [first, ...others];
  return {
    rouse: () => all.forEach((pump) => pump.rouse()),
    async stop() {
      await Promise.all(all.map((pump) => pump.stop()));
    },
  };
}

import type pg from 'pg';

const reconnect_ms = 500;

export interface Listening {
  stop(): Promise<void>;
}

/**
 * Hears the channels' notifications on one connection of its own, and connects again when it breaks.
 * `connected` is called after each connect: what was announced meanwhile was missed and must be read.
 */
export function listen(
  pool: pg.Pool,
  channels: string | readonly string[],
  heard: (payload: string, channel: string) => void,
  connected: () => void,
): Listening {
  let stopped = false;
  let current: pg.PoolClient | null = null;

  async function hold(): Promise<void> {
    const client = await pool.connect();
    const broken = new Promise<Error | undefined>((resolve) => {
      client.once('error', resolve);
      client.once('end', () => resolve(undefined));
    });
    client.on('notification', ({ payload, channel }) => heard(payload ?? '', channel));
    try {
      for (const channel of [channels].flat()) await client.query(`listen ${client.escapeIdentifier(channel)}`);
      current = client;
      if (stopped) return;
      connected();
      await broken;
    } finally {
      current = null;
      // The connection is not given back: it listens, and it may be broken.
      client.release(true);
    }
  }

  async function keep(): Promise<void> {
    while (!stopped) {
      // A failed connect is tried again; whoever needs Postgres meanwhile gets the error where it matters.
      await hold().catch(() => undefined);
      if (!stopped) await new Promise((resolve) => setTimeout(resolve, reconnect_ms));
    }
  }

  const kept = keep();
  return {
    async stop() {
      stopped = true;
      current?.emit('end');
      await kept;
    },
  };
}

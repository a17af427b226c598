/** A running system with a database and a Temporal namespace of its own, on the test run's servers. */
import { testDatabase, type TestDatabase } from './database.ts';
import { shared } from './shared.ts';
import { startSystem, type System } from './system.ts';
import { freshNamespace, type TestTemporal } from './temporal.ts';

export type TestSystem = System & { database: TestDatabase; temporal: TestTemporal };

export async function testSystem(variables: Record<string, string> = {}): Promise<TestSystem> {
  const [database, temporal] = await Promise.all([testDatabase(), freshNamespace(), shared('/workflows')]);
  const system = await startSystem({ ...database, temporal }, variables);
  return {
    ...system,
    database,
    temporal,
    async stop() {
      await system.stop();
      await database.close();
    },
  };
}

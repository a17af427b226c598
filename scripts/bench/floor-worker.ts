/** The worker of the bare workflow, in a process of its own as the product's. It tells its parent about each row it has committed. */
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import pg from 'pg';

import type { FloorActivities } from './floor-workflow.ts';

const { BENCH_DATABASE_URL = '', BENCH_TEMPORAL_ADDRESS = '', BENCH_TASK_QUEUE = '', BENCH_BUNDLE = '' } = process.env;
Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: [] });
const pool = new pg.Pool({ connectionString: BENCH_DATABASE_URL, max: 16 });

const activities: FloorActivities = {
  async insert(id) {
    await pool.query({ name: 'insert', text: `insert into bench_floor.approvals (id, status) values ($1, 'pending')`, values: [id] });
    process.send?.({ id, status: 'pending' });
  },
  async update(id) {
    await pool.query({ name: 'update', text: `update bench_floor.approvals set status = 'executed' where id = $1`, values: [id] });
    process.send?.({ id, status: 'executed' });
  },
};

const worker = await Worker.create({
  connection: await NativeConnection.connect({ address: BENCH_TEMPORAL_ADDRESS }),
  taskQueue: BENCH_TASK_QUEUE,
  workflowBundle: { codePath: BENCH_BUNDLE },
  activities: { ...activities },
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
await worker.run();

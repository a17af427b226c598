/** Preloaded into web and worker by `--profile`: writes a CPU profile of the whole process when it ends (--cpu-prof is not allowed in NODE_OPTIONS).
 * Plain JavaScript, because npm itself may run on an older Node and loads it too. */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { basename, join } from 'node:path';

const program = basename(process.argv[1] ?? '', '.ts');
const folder = process.env.BENCH_PROFILE_DIR;

if (folder !== undefined && (program === 'main' || program === 'worker-main')) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.start');
  process.on('exit', () => {
    session.post('Profiler.stop', (error, result) => {
      if (error === null) writeFileSync(join(folder, `${program}.${process.pid}.cpuprofile`), JSON.stringify(result.profile));
    });
  });
}

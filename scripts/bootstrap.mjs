/**
 * The first thing that runs, on whatever Node there is (20 or newer) and with nothing installed: plain JavaScript without dependencies.
 * It installs what package-lock.json names and hands over to the project's own Node.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const node_major_min = 20;
/** Older ones do not run TypeScript files as they are. */
const own_node_major = 24;
const parent_check_ms = 1_000;

const [command = 'start', ...args] = process.argv.slice(2);
process.chdir(root);
process.env.EXECOPS_BEGAN_MS ??= String(Date.now());

if (majorOf(process.version) < node_major_min)
  stop(`Node ${node_major_min} or newer is needed; this is ${process.version} (https://nodejs.org).`);
if (isStale()) install();
run(ownNode(), [join('scripts', `${command}.ts`), ...args]);

/** npm writes down what it installed at the end of an installation, so a broken one counts as none. */
function isStale() {
  const installed = packagesIn(join('node_modules', '.package-lock.json'));
  const wanted = packagesIn('package-lock.json');
  if (installed === undefined) return true;
  if (wanted === undefined) return false;
  return Object.entries(wanted).some(([path, { version, optional, devOptional }]) => {
    if (path === '' || ((optional || devOptional) && !installed[path])) return false;
    return installed[path]?.version !== version;
  });
}

function packagesIn(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}

function install() {
  const locked = existsSync('package-lock.json');
  console.log(`Installing dependencies with npm ${locked ? 'ci' : 'install'}; the first time this takes a few minutes`);
  const began_ms = Date.now();
  const { status, signal, error } = spawnSync(
    'npm',
    [locked ? 'ci' : 'install', '--no-audit', '--no-fund', '--loglevel=error', '--include=dev', '--include=optional'],
    {
      stdio: 'inherit',
      shell: process.platform === 'win32',
    },
  );
  if (error) stop(`npm could not be started (${error.message}). It comes with Node: https://nodejs.org`);
  if (signal) process.exit(130);
  if (status !== 0) stop('The dependencies could not be installed; what npm says is above.');
  console.log(`Dependencies installed (${Math.round((Date.now() - began_ms) / 1000)} s)`);
}

/** The package `node` brings a newer Node than the system may have. */
function ownNode() {
  const own = join('node_modules', '.bin', 'node');
  const { stdout } = spawnSync(own, ['--version'], { encoding: 'utf8' });
  if (majorOf(stdout) >= own_node_major) return own;
  if (majorOf(process.version) >= own_node_major) return process.execPath;
  return stop(
    `Node ${own_node_major} should be in ${own}, and does not run there. Remove node_modules and try again, or install Node ${own_node_major} yourself.`,
  );
}

function run(node, argv) {
  const child = spawn(node, argv, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` },
  });
  // The terminal sends Ctrl-C to both of us; the child decides when it is over.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // Killed with -9, npm cannot tell us; then nobody is left who would stop this instance.
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event !== undefined)
    setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), parent_check_ms).unref();
  child.on('error', (error) => stop(`${node} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal) process.exit(1);
    process.exit(code ?? 1);
  });
}

function majorOf(version) {
  return Number(/^v(\d+)\./.exec(version ?? '')?.[1] ?? 0);
}

function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}

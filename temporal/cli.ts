/** Where the Temporal server's binary comes from: this machine, the official download, or the official source. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runChild } from '../scripts/child.ts';

export interface CliOptions {
  TEMPORAL_CLI?: string;
  /** Called with one line each time there is something new to say. */
  onProgress?: (line: string) => void;
}

/** The path of a binary that runs. Quick when there is one already; else it downloads or builds one and keeps it. */
export async function temporalCli(options: CliOptions = {}): Promise<string> {
  const say = options.onProgress ?? (() => undefined);
  const present = configured(options.TEMPORAL_CLI) ?? onPath('temporal') ?? keptDownload() ?? keptBuild();
  if (present) return present;
  const reasons: string[] = [];
  for (const way of [download, build]) {
    try {
      return await way(say);
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`${three_ways}\n${reasons.map((reason) => `- ${reason}`).join('\n')}`);
}

const three_ways =
  'There is no Temporal server on this machine. Do one of these: install the Temporal CLI (https://docs.temporal.io/cli) or point TEMPORAL_CLI at it; ' +
  'let this machine reach temporal.download; or install Go (https://go.dev/dl) so that it can be built from source. ' +
  'Or set TEMPORAL_ADDRESS to a Temporal server that runs elsewhere. What was tried:';

export function cacheFolder(): string {
  const base =
    process.env.XDG_CACHE_HOME || (process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache'));
  return join(base, 'execops');
}

function configured(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  if (!isExecutable(path)) throw new Error(`TEMPORAL_CLI must be the path of the Temporal CLI; ${path} is no file that can be run.`);
  return path;
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

const download_host = 'https://temporal.download';
const download_folder = () => join(cacheFolder(), 'temporal-download');

function keptDownload(): string | undefined {
  if (!existsSync(download_folder())) return undefined;
  return readdirSync(download_folder())
    .map((name) => join(download_folder(), name))
    .find(isExecutable);
}

async function download(say: (line: string) => void): Promise<string> {
  try {
    await fetch(`${download_host}/cli/default`, { method: 'HEAD', signal: AbortSignal.timeout(reach_timeout_ms) });
  } catch {
    throw new Error(`The download did not work: ${download_host} cannot be reached from here.`);
  }
  say('Downloading the Temporal server, once');
  mkdirSync(download_folder(), { recursive: true });
  try {
    // The SDK downloads a version that fits it and checks it by starting it; it has no way to only download.
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    const started = await TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'cached-download', downloadDir: download_folder() } },
    });
    await started.teardown();
  } catch (error) {
    throw new Error(`The download did not work: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const path = keptDownload();
  if (path === undefined) throw new Error(`The download did not work: it left no file that can be run in ${download_folder()}.`);
  return path;
}

const reach_timeout_ms = 3_000;

const module_folder = fileURLToPath(new URL('.', import.meta.url));
const cli_package = 'github.com/temporalio/cli/cmd/temporal';

function pinnedVersion(): string {
  const version = /github\.com\/temporalio\/cli (v\S+)/.exec(readFileSync(join(module_folder, 'go.mod'), 'utf8'))?.[1];
  if (version === undefined) throw new Error('temporal/go.mod does not name a version of github.com/temporalio/cli.');
  return version;
}

const built_path = () => join(cacheFolder(), `temporal-cli-${pinnedVersion()}`, 'temporal');

function keptBuild(): string | undefined {
  return isExecutable(built_path()) ? built_path() : undefined;
}

/** The version in go.mod is the newest that builds as a module: later ones carry a `replace`. */
async function build(say: (line: string) => void): Promise<string> {
  if (spawnSync('go', ['version']).status !== 0) throw new Error('It could not be built: Go is not installed (no `go` on PATH).');
  say(`Building the Temporal server ${pinnedVersion()} from source, once; this takes about 3 minutes on two cores`);
  const unfinished = `${built_path()}.${process.pid}`;
  mkdirSync(join(built_path(), '..'), { recursive: true });
  const started_ms = Date.now();
  let packages = 0;
  let said_ms = started_ms;
  const onLine = (line: string) => {
    if (!line.startsWith('go: ')) packages += 1;
    if (Date.now() - said_ms < progress_every_ms) return;
    said_ms = Date.now();
    say(`Building the Temporal server: ${packages} of about ${packages_about} packages, ${Math.round((said_ms - started_ms) / 1_000)} s`);
  };
  try {
    await runChild(
      'go build',
      'go',
      [
        'build',
        '-v',
        '-trimpath',
        `-ldflags=-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${pinnedVersion().slice(1)}`,
        '-o',
        unfinished,
        cli_package,
      ],
      { cwd: module_folder, onLine },
    );
  } catch (error) {
    throw new Error(`It could not be built: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  // Two starts may build at once; each moves a complete file into place.
  renameSync(unfinished, built_path());
  return built_path();
}

const progress_every_ms = 5_000;
const packages_about = 1_300;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

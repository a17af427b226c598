import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { temporalCli } from './cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'execops-cli-'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  vi.stubEnv('PATH', join(folder, 'bin'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function program(path: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return path;
}

test('TEMPORAL_CLI wins over PATH, and PATH over what was downloaded or built before', async () => {
  const built = program(join(folder, 'cache', 'execops', 'temporal-cli-v1.5.1', 'temporal'));
  expect(await temporalCli()).toBe(built);
  const downloaded = program(join(folder, 'cache', 'execops', 'temporal-download', 'temporal-sdk-typescript-1'));
  expect(await temporalCli()).toBe(downloaded);
  const on_path = program(join(folder, 'bin', 'temporal'));
  expect(await temporalCli()).toBe(on_path);
  const named = program(join(folder, 'mine'));
  expect(await temporalCli({ TEMPORAL_CLI: named })).toBe(named);
});

test('a TEMPORAL_CLI that cannot be run is named', async () => {
  await expect(temporalCli({ TEMPORAL_CLI: '/nowhere/temporal' })).rejects.toThrow(
    'TEMPORAL_CLI must be the path of the Temporal CLI; /nowhere/temporal is no file that can be run.',
  );
});

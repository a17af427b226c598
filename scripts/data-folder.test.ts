import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { takeDataFolder } from './data-folder.ts';

test('a second instance on the same data is refused, until the first gives it back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'execops-data-'));
  const first = takeDataFolder(folder);
  expect(first.after_kill).toBe(false);
  expect(() => takeDataFolder(folder)).toThrow(`ExecOps runs already with the data in ${folder} (process ${process.pid}).`);
  first.giveBack();
  takeDataFolder(folder).giveBack();
  rmSync(folder, { recursive: true });
});

test('a folder whose instance was killed can be taken, also when its number is another process now', () => {
  const folder = mkdtempSync(join(tmpdir(), 'execops-data-'));
  writeFileSync(join(folder, 'running'), `${process.pid} some other start`);
  expect(takeDataFolder(folder).after_kill).toBe(true);
  rmSync(folder, { recursive: true });
});

test('a folder that cannot be made is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'execops-data-'));
  writeFileSync(join(folder, 'file'), '');
  expect(() => takeDataFolder(join(folder, 'file', 'data'))).toThrow(
    /^DATA_DIR must be a folder that can be written; .*file\/data is not\.$/,
  );
  rmSync(folder, { recursive: true });
});

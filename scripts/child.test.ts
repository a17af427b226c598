import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, expect, test } from 'vitest';

import { runChild, startChild } from './child.ts';
import { commandLineOf } from './process-identity.ts';
import { until } from './testing/wait.ts';

const folder = mkdtempSync(join(tmpdir(), 'execops-child-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const forever = 'setInterval(() => undefined, 1000)';

test("a child's process id is the command's own, and its exit tells how it ended", async () => {
  const child = startChild('node', process.execPath, ['-e', `console.log(process.pid); ${forever}`], {
    onLine: (line) => lines.push(line),
  });
  const lines: string[] = [];
  expect(await until('it says its process id', () => lines[0])).toBe(String(child.pid));
  child.kill('SIGKILL');
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(child.running()).toBe(false);
});

test('a child that ignores the request to stop is killed after its grace', async () => {
  const lines: string[] = [];
  const child = startChild(
    'node',
    process.execPath,
    ['-e', `process.on('SIGTERM', () => console.log('no')); console.log('up'); ${forever}`],
    {
      onLine: (line) => lines.push(line),
    },
  );
  await until('it runs', () => lines.includes('up'));
  expect(await child.stop(200)).toEqual({ code: null, signal: 'SIGKILL' });
  expect(lines).toContain('no');
});

test('a command that fails rejects with its name, its code and its last words', async () => {
  await expect(runChild('the build', '/bin/sh', ['-c', 'echo what went wrong >&2; exit 3'])).rejects.toThrow(
    'the build failed (exit code 3):\nwhat went wrong',
  );
});

test('a child is asked to stop when its parent is killed', async () => {
  const child_module = fileURLToPath(new URL('./child.ts', import.meta.url));
  const parent_script = join(folder, 'parent.ts');
  const told = join(folder, 'told');
  const grandchild = `process.on('SIGTERM', () => { require('node:fs').writeFileSync(${JSON.stringify(told)}, 'stopped'); process.exit(0); }); console.log('up'); ${forever}`;
  writeFileSync(
    parent_script,
    `import { startChild } from ${JSON.stringify(child_module)};
     const child = startChild('grandchild', process.execPath, ['-e', ${JSON.stringify(grandchild)}], { onLine: () => console.log(child.pid) });`,
  );
  const lines: string[] = [];
  const parent = startChild('parent', process.execPath, [parent_script], { onLine: (line) => lines.push(line) });
  const pid = Number(await until('the grandchild runs', () => lines[0]));
  expect(commandLineOf(pid)).toContain('SIGTERM');
  parent.kill('SIGKILL');
  await until('the grandchild is gone', () => commandLineOf(pid) === '');
  expect(readFileSync(told, 'utf8')).toBe('stopped');
});

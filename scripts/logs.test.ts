import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, expect, test } from 'vitest';

import { openLogs } from './logs.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function logs() {
  const folder = mkdtempSync(join(tmpdir(), 'execops-logs-'));
  folders.push(folder);
  const shown: string[] = [];
  return { folder, shown, ...openLogs(folder, (line) => shown.push(line)) };
}

const linesIn = (file: string) => readFileSync(file, 'utf8').trim().split('\n');

test('every line is kept as JSON, and only what needs a person is shown, in words', () => {
  const { folder, shown, take } = logs();
  take('web', '{"level":"info","msg":"listening"}');
  take('web', '{"level":"error","msg":"a webhook was not stored","err":{"message":"connection refused"}}');
  take('web', 'plain text');
  expect(linesIn(join(folder, 'web.log')).map((line) => JSON.parse(line).msg)).toEqual([
    'listening',
    'a webhook was not stored',
    'plain text',
  ]);
  expect(shown).toEqual(['web: error: a webhook was not stored: connection refused']);
});

test('the same complaint is shown once, and none while everything stops', () => {
  const { shown, take, mute } = logs();
  take('worker', '{"level":"warn","msg":"Temporal is down"}');
  take('worker', '{"level":"warn","msg":"Temporal is down"}');
  mute();
  take('worker', '{"level":"error","msg":"the connection was closed"}');
  expect(shown).toEqual(['worker: warn: Temporal is down']);
});

test("a sign-in link's token is not written down", () => {
  const { folder, take } = logs();
  take('web', '{"level":"info","sign_in_link":"http://localhost:3000/sign-in/link?token=abc-DEF_1","msg":"listening"}');
  expect(readFileSync(join(folder, 'web.log'), 'utf8')).toBe(
    '{"level":"info","sign_in_link":"http://localhost:3000/sign-in/link?token=…","msg":"listening"}\n',
  );
});

test('a file starts anew at 10 MB, and two older ones are kept', () => {
  const { folder, take } = logs();
  const megabyte = 'x'.repeat(1_000_000);
  for (let n = 0; n < 45; n += 1) take('web', `{"level":"info","msg":"${megabyte}"}`);
  expect(readdirSync(folder).sort()).toEqual(['web.log', 'web.log.1', 'web.log.2']);
});

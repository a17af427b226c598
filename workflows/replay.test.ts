import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';

import { workflow_bundle_path } from '../scripts/build-workflows.ts';
import { shared } from '../scripts/testing/shared.ts';
import { quietRuntime } from '../scripts/testing/system.ts';

const { History } = proto.temporal.api.history.v1;
const folder = join(import.meta.dirname, 'histories');
const recorded = readdirSync(folder).map((file) => ({
  workflowId: file.replace('.json', ''),
  text: readFileSync(join(folder, file), 'utf8'),
}));

beforeAll(async () => {
  quietRuntime();
  await shared('/workflows');
});

/** What each replay objects to, by the history's name. */
async function objections(histories: { workflowId: string; text: string }[]): Promise<Record<string, string | undefined>> {
  const told: Record<string, string | undefined> = {};
  const parsed = histories.map(({ workflowId, text }) => ({ workflowId, history: History.fromObject(JSON.parse(text) as object) }));
  const options = { workflowBundle: { codePath: workflow_bundle_path } };
  for await (const { workflowId, error } of Worker.runReplayHistories(options, parsed)) told[workflowId] = error?.message;
  return told;
}

test('every recorded history replays with today’s workflow', async () => {
  expect(recorded.length).toBeGreaterThanOrEqual(13);
  expect(await objections(recorded)).toEqual(Object.fromEntries(recorded.map(({ workflowId }) => [workflowId, undefined])));
});

test('a history of another order of steps is refused', async () => {
  const executed = recorded.find(({ workflowId }) => workflowId === 'executed');
  const tampered = { workflowId: 'tampered', text: (executed?.text ?? '').replaceAll('"execute"', '"draft"') };
  expect((await objections([tampered])).tampered).toContain('Nondeterminism');
});

test('recorded histories hold ids, and neither addresses nor this machine’s name', () => {
  for (const { workflowId, text } of recorded) {
    const readable = text.replace(/"data":\s*"([A-Za-z0-9+/=]+)"/g, (_, data: string) => Buffer.from(data, 'base64').toString('utf8'));
    expect(readable.match(/[\w.+-]+@[\w-]+\.[a-z]+/g), workflowId).toBeNull();
    expect(readable.match(/"identity":\s*"(?!worker")[^"]+"/g), workflowId).toBeNull();
  }
});

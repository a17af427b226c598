/** A Temporal server whose clock jumps over waits, for tests of days. It is Java: downloaded ready-made, or run from its jars. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { TestWorkflowEnvironment } from '@temporalio/testing';

import { cacheFolder } from '../../temporal/cli.ts';
import { addSearchAttributes } from '../../temporal/search-attributes.ts';
import { runChild } from '../child.ts';
import { whenMissing } from './missing.ts';

const server_version = '1.38.0';
const reach_timeout_ms = 3_000;
/** It is given 5 s to start, which a busy machine may need for Java alone. */
const starts_max = 10;

/**
 * Undefined when it cannot be had here: such tests are then skipped.
 * Give each workflow a `workflowExecutionTimeout`, or the clock runs away when nothing waits; `list()` is not implemented there.
 */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment | undefined> {
  const wrapper = await fromJars().catch((error: unknown) => error);
  if (typeof wrapper === 'string') return start({ type: 'existing-path', path: wrapper });
  if (await isReachable('https://temporal.download')) {
    const downloadDir = join(cacheFolder(), 'temporal-test-server-download');
    mkdirSync(downloadDir, { recursive: true });
    return start({ type: 'cached-download', downloadDir });
  }
  const reason = wrapper instanceof Error ? wrapper.message : String(wrapper);
  return whenMissing('Time-skipping tests', `temporal.download cannot be reached, and ${reason}`);
}

type Executable = NonNullable<NonNullable<Parameters<typeof TestWorkflowEnvironment.createTimeSkipping>[0]>['server']>['executable'];

async function start(executable: Executable): Promise<TestWorkflowEnvironment> {
  for (let starts = 1; ; starts += 1) {
    try {
      const environment = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
      await addSearchAttributes(environment.connection, environment.namespace ?? 'default');
      return environment;
    } catch (error) {
      if (starts === starts_max) throw error;
    }
  }
}

/** Resolves to a program that runs the server. */
async function fromJars(): Promise<string> {
  const folder = join(cacheFolder(), `temporal-test-server-${server_version}`);
  const wrapper = join(folder, 'temporal-test-server');
  if (spawnSync('java', ['-version']).status !== 0) throw new Error('Java is not installed');
  if (existsSync(wrapper)) return wrapper;
  if (spawnSync('mvn', ['-v']).status !== 0) throw new Error('Maven is not installed');
  mkdirSync(dirname(folder), { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  writeFileSync(join(unfinished, 'pom.xml'), pom);
  await runChild('mvn', 'mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], { cwd: unfinished });
  writeFileSync(
    join(unfinished, 'temporal-test-server'),
    `#!/bin/sh\nexec java -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"\n`,
  );
  chmodSync(join(unfinished, 'temporal-test-server'), 0o755);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another test run was faster.
    if (!existsSync(wrapper)) throw error;
    rmSync(unfinished, { recursive: true, force: true });
  }
  return wrapper;
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>execops</groupId>
  <artifactId>time-skipping</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${server_version}</version>
    </dependency>
  </dependencies>
</project>
`;

const isReachable = (url: string) =>
  fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(reach_timeout_ms) }).then(
    () => true,
    () => false,
  );

/** Postgres, Temporal and mail: what an installation runs itself. */
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { asOwner, testDatabase, type TestDatabase } from '../testing/database.ts';
import { shared } from '../testing/shared.ts';
import { startSystem } from '../testing/system.ts';
import { testTemporal } from '../testing/temporal.ts';
import { closing, of } from './testing.ts';

describe('Postgres', () => {
  let place: TestDatabase;
  beforeAll(async () => {
    place = await testDatabase();
  });
  afterAll(() => place.close());

  test('migrated is well, a migration short is not', async () => {
    expect(await of('Postgres', { DATABASE_URL: place.url })).toMatchObject({
      state: 'ok',
      detail: expect.stringContaining('all migrations'),
    });
    await asOwner(place.url, `delete from _prisma_migrations where migration_name = '0005_slack'`);
    expect(await of('Postgres', { DATABASE_URL: place.url })).toEqual({
      name: 'Postgres',
      state: 'failed',
      detail: 'Not migrated yet: 0005_slack. "npm start" migrates.',
    });
  });

  test('that is not there, or refuses the password, has failed, and the password stays unsaid', async () => {
    const url = new URL((await shared<{ url: string }>('/postgres')).url);
    url.password = 'wrong-password';
    const refused = await of('Postgres', { DATABASE_URL: url.href });
    expect(refused).toMatchObject({ state: 'failed', detail: expect.stringContaining('password authentication failed') });
    expect(refused?.detail).not.toContain('wrong-password');
    expect(await of('Postgres', { DATABASE_URL: 'postgres://u:p@127.0.0.1:1/x' })).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('Temporal', () => {
  test('without a worker has failed; with one it is well', async () => {
    const temporal = await testTemporal();
    const variables = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
    expect(await of('Temporal', variables)).toMatchObject({ state: 'failed', detail: expect.stringContaining('no worker polls') });
    const place = await testDatabase();
    const system = await startSystem({ ...place, temporal });
    closing.push(system.stop, place.close);
    expect(await of('Temporal', variables)).toMatchObject({ state: 'ok', detail: expect.stringContaining('one worker polls') });
    expect(await of('Temporal', { ...variables, TEMPORAL_NAMESPACE: 'nobody-made-this' })).toMatchObject({ state: 'failed' });
  });

  test('that is not there has failed', async () => {
    expect(await of('Temporal', { TEMPORAL_ADDRESS: '127.0.0.1:1' })).toMatchObject({ state: 'failed' });
  });
});

describe('SMTP', () => {
  async function mailServer(): Promise<string> {
    const server = new SMTPServer({
      logger: false,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username, password }, _session, done) =>
        done(username === 'ana' && password === 'right-password' ? null : new Error('no'), { user: username }),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise<void>((resolve) => server.close(resolve)));
    const address = server.server.address();
    return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  test('is signed in to, and a wrong password is told without saying it', async () => {
    const host = await mailServer();
    expect(await of('SMTP', { SMTP_URL: `smtp://ana:right-password@${host}` })).toMatchObject({ state: 'ok' });
    const refused = await of('SMTP', { SMTP_URL: `smtp://ana:wrong-password@${host}` });
    expect(refused).toMatchObject({ state: 'failed', detail: expect.stringContaining('refused the user name or password') });
    expect(refused?.detail).not.toContain('wrong-password');
    expect(await of('SMTP', { SMTP_URL: 'smtp://127.0.0.1:1' })).toMatchObject({ state: 'failed' });
  });
});

/** A folder in place of a mail server: one file per message, so that nothing leaves this machine until SMTP_URL is set. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { isCode } from './files.ts';

/** The file's name, safe whatever the key holds. */
export function outboxFileOf(idempotency_key: string): string {
  return `${idempotency_key.replace(/[^A-Za-z0-9._-]/g, '.')}.eml`;
}

export async function isInOutbox(folder: string, file: string): Promise<boolean> {
  try {
    await (await open(join(folder, file), 'r')).close();
    return true;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Whole or not at all, and never over a file that is there: a name appears only once its content is on disk. */
export async function putInOutbox(folder: string, file: string, raw: Buffer): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.${randomBytes(8).toString('hex')}.tmp`);
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(raw);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, join(folder, file));
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  const directory = await open(folder, 'r');
  await directory.sync().finally(() => directory.close());
}

/** Providers to be asked, and what the doctor says of one thing. */
import { afterEach } from 'vitest';

import { parseEnvironment } from '../../domain/environment.ts';
import { startPeer, type Peer, type PeerAnswer } from '../testing/peer.ts';
import { diagnose } from './diagnose.ts';
import type { Finding } from './finding.ts';

/** What a test has opened; closed after it. */
export const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

export async function peer(answer: (path: string, authorization: string) => PeerAnswer): Promise<Peer> {
  const one = await startPeer(({ path, headers }) => answer(path, headers.authorization ?? ''));
  closing.push(one.close);
  return one;
}

export const findingsWith = (variables: Record<string, string> = {}): Promise<Finding[]> =>
  diagnose(parseEnvironment({ DATA_DIR: '/nonexistent', ...variables }));

export async function of(name: string, variables: Record<string, string>): Promise<Finding | undefined> {
  return (await findingsWith(variables)).find((finding) => finding.name === name);
}

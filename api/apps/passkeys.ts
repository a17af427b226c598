import type { PeopleApp } from '../../domain/people.ts';
import type { Passkeys } from '../passkeys/passkeys.ts';

export function createPasskeysApp({ passkeys }: { passkeys: Passkeys }): Pick<PeopleApp, 'passkeys' | 'removePasskey'> {
  return { passkeys: passkeys.list, removePasskey: passkeys.remove };
}

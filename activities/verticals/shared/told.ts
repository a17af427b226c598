/** What people told about a customer, against what newer signed events say. */
import { isNewer, type Told } from './account.ts';

/** The first fact of this name that was told, and that no newer signed event has overtaken. */
export function toldSince<Name extends keyof Told['data']>(
  told: readonly Told[],
  name: Name,
  signed_as_of: string | null,
): Told['data'][Name] | undefined {
  return toldAt(
    told.filter(({ as_of }) => !isNewer(signed_as_of, as_of)),
    name,
  );
}

export function toldAt<Name extends keyof Told['data']>(told: readonly Told[], name: Name): Told['data'][Name] | undefined {
  return told.find(({ data }) => data[name] !== undefined)?.data[name];
}

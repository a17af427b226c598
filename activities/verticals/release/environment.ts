/** Which environment is production. */
import { production_names } from '../../../domain/context.ts';

/** No environment named is production. `flag` is GitHub's own word for it, which may be true for any name. */
export function isProduction(name: string | null, flag: boolean | null = null): boolean {
  const plain = name?.trim().toLowerCase() ?? '';
  return plain === '' || production_names.includes(plain) || flag === true;
}

/** Who shipped what broke: people only, in the order in which they are asked. Pure. */
import { isBot, type Account } from '../../../providers/github/shapes.ts';
import type { TeamMember } from '../../../prisma/told.ts';
import { inert } from '../shared/customer.ts';

export interface Candidate {
  login: string;
  /** Known of commits only. */
  email: string | null;
  /** As an owner told it; what GitHub shows is the person's own text. */
  name: string | null;
  part: 'deployed' | 'wrote' | 'merged' | 'committed' | 'pushed';
}

export interface Part {
  part: Candidate['part'];
  account: Account | { login: string | null; email: string | null } | null;
}

/** GitHub's own accounts: they commit for people who press its buttons. */
const nobody = new Set(['web-flow', 'ghost', 'github']);

/** Each person once. Bots, and people who have left by then, ship nothing that they could explain. */
export function candidatesOf(parts: readonly Part[], team: readonly TeamMember[], by: Date): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const { part, account } of parts) {
    const login = account?.login ?? null;
    if (account === null || login === null || nobody.has(login.toLowerCase())) continue;
    if (isBot({ login, type: 'type' in account ? account.type : null })) continue;
    const told = team.find((member) => member.github_login?.toLowerCase() === login.toLowerCase());
    if (told?.bot === true || (told?.departed_at != null && told.departed_at <= by)) continue;
    const known = found.get(login.toLowerCase());
    if (known === undefined) found.set(login.toLowerCase(), { login, email: account.email, name: inert(told?.name), part });
    else known.email ??= account.email;
  }
  return [...found.values()];
}

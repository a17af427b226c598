/**
 * Postgres refuses to run as root. Everyone else runs it as themselves; root needs another identity that can also reach the files:
 * the system's postgres user, else a user namespace in which we are nobody, else a postgres user created for it.
 */
import { spawnSync } from 'node:child_process';

export interface Identity {
  user?: { uid: number; gid: number };
  /** What goes before each command. */
  prefix: string[];
  /** Who must own Postgres' files; null when that is who owns them anyway. */
  owner: { uid: number; gid: number } | null;
}

/** Chooses the identity that can enter every one of `paths`. */
export function postgresIdentity(paths: string[]): Identity {
  if (process.getuid?.() !== 0) return { prefix: [], owner: null };
  const existing = postgresUser();
  if (existing && paths.every((path) => canEnter(path, existing))) return asUser(existing);
  if (succeeds(namespace[0], [...namespace.slice(1), 'true'])) return { prefix: [...namespace], owner: { uid: 0, gid: 0 } };
  const user = existing ?? createPostgresUser();
  const closed = paths.filter((path) => !canEnter(path, user));
  if (closed.length === 0) return asUser(user);
  throw new Error(
    `Postgres does not run as root, and the user postgres cannot enter ${closed.join(' or ')}. ` +
      'Start ExecOps as another user, open the folders above to it (chmod o+x), or set DATABASE_URL to a Postgres of your own.',
  );
}

/** Inside it root is nobody, outside its files stay root's. Containers often forbid it. */
const namespace = ['unshare', '--user', '--map-user=65534', '--map-group=65534'] as const;

const asUser = (user: { uid: number; gid: number }): Identity => ({ user, prefix: [], owner: user });

function postgresUser(): { uid: number; gid: number } | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout?.trim());
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

function createPostgresUser(): { uid: number; gid: number } {
  spawnSync('useradd', ['--system', '--user-group', '--shell', '/usr/sbin/nologin', 'postgres']);
  const user = postgresUser();
  if (user) return user;
  throw new Error(
    'Postgres does not run as root, and a user postgres could not be created. Start ExecOps as another user, or set DATABASE_URL to a Postgres of your own.',
  );
}

const canEnter = (path: string, user: { uid: number; gid: number }) => succeeds('test', ['-x', path], user);

function succeeds(command: string, args: string[], user?: { uid: number; gid: number }): boolean {
  return spawnSync(command, args, { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

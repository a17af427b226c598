/** The git side of a repository: commits, branches, and GitHub's REST API over them. A file is one line here, and merges as a whole. */
import { createHash } from 'node:crypto';

import type { PeerAnswer, PeerRequest } from './peer.ts';

type Files = { [path: string]: string };

interface Commit {
  sha: string;
  tree: string;
  parents: string[];
  message: string;
}

export interface TestGit {
  /** Branches with the commits they are at. */
  branches: Map<string, string>;
  /** Writes these files on a branch, which is made if need be; an empty text deletes. */
  commit(branch: string, changes: Files, parents?: string[]): string;
  /** The files of a branch or a commit. */
  filesAt(name: string): Files;
  messageOf(sha: string): string;
  clear(): void;
}

export interface GitApi extends TestGit {
  /** Null for what is none of git's. `path` begins after the repository's name. */
  answer(request: Pick<PeerRequest, 'method' | 'text'> & { path: string }): PeerAnswer | null;
}

const hash = (value: unknown): string => createHash('sha1').update(JSON.stringify(value)).digest('hex');
const no = (status: number, message: string): PeerAnswer => ({ status, body: { message } });

export function startGit(): GitApi {
  const commits = new Map<string, Commit>();
  const trees = new Map<string, Files>();
  const branches = new Map<string, string>();

  const treeOf = (files: Files): string => {
    const kept = Object.fromEntries(Object.entries(files).filter(([, text]) => text !== ''));
    const sorted = Object.fromEntries(Object.entries(kept).sort());
    trees.set(hash(sorted), sorted);
    return hash(sorted);
  };
  const add = (tree: string, parents: string[], message: string): Commit => {
    const sha = hash([tree, parents, message, commits.size]);
    const commit = { sha, tree, parents, message };
    commits.set(sha, commit);
    return commit;
  };
  const find = (name: string): Commit | null => commits.get(branches.get(name) ?? name) ?? null;
  const filesOf = (commit: Commit | null): Files => trees.get(commit?.tree ?? '') ?? {};
  const ancestors = (sha: string): string[] => [sha, ...(commits.get(sha)?.parents ?? []).flatMap(ancestors)];

  function mergedFiles(ours: Commit, theirs: Commit): Files | null {
    const behind = ancestors(ours.sha);
    const base = filesOf(find(ancestors(theirs.sha).find((sha) => behind.includes(sha)) ?? ''));
    const [mine, other] = [filesOf(ours), filesOf(theirs)];
    const merged: Files = {};
    for (const path of Object.keys({ ...base, ...mine, ...other })) {
      const [from, here, there] = [base[path] ?? '', mine[path] ?? '', other[path] ?? ''];
      if (here !== from && there !== from && here !== there) return null;
      merged[path] = here === from ? there : here;
    }
    return merged;
  }

  const shown = ({ sha, tree, parents, message }: Commit) => ({
    sha,
    message,
    tree: { sha: tree },
    parents: parents.map((parent) => ({ sha: parent })),
  });
  const shownRef = (branch: string) => ({ ref: `refs/heads/${branch}`, object: { type: 'commit', sha: branches.get(branch) } });

  const routes: [method: string, path: RegExp, answer: (name: string, body: Record<string, unknown>) => PeerAnswer][] = [
    [
      'GET',
      /^\/branches\/(.+)$/,
      (name) => {
        const commit = branches.has(name) ? find(name) : null;
        if (commit === null) return no(404, 'Branch not found');
        return { status: 200, body: { name, commit: { sha: commit.sha, commit: shown(commit) } } };
      },
    ],
    [
      'GET',
      /^\/git\/commits\/([0-9a-f]+)$/,
      (sha) => {
        const commit = commits.get(sha);
        return commit === undefined ? no(404, 'Not Found') : { status: 200, body: shown(commit) };
      },
    ],
    [
      'GET',
      /^\/compare\/(.+)$/,
      (range) => {
        const [base = '', head = ''] = range.split('...').map((name) => find(name)?.sha ?? '');
        if (base === '' || head === '') return no(404, 'Not Found');
        const [is_behind, is_ahead] = [ancestors(base).includes(head), ancestors(head).includes(base)];
        return { status: 200, body: { status: base === head ? 'identical' : is_behind ? 'behind' : is_ahead ? 'ahead' : 'diverged' } };
      },
    ],
    [
      'POST',
      /^\/git\/commits$/,
      (_, { tree, parents, message }) => {
        const known = trees.has(String(tree)) && (parents as string[]).every((parent) => commits.has(parent));
        return known
          ? { status: 201, body: shown(add(String(tree), parents as string[], String(message))) }
          : no(422, 'Tree SHA does not exist');
      },
    ],
    [
      'POST',
      /^\/git\/refs$/,
      (_, { ref, sha }) => {
        const branch = String(ref).replace(/^refs\/heads\//, '');
        if (branches.has(branch)) return no(422, 'Reference already exists');
        if (!commits.has(String(sha))) return no(422, 'Object does not exist');
        branches.set(branch, String(sha));
        return { status: 201, body: shownRef(branch) };
      },
    ],
    [
      'PATCH',
      /^\/git\/refs\/heads\/(.+)$/,
      (branch, { sha, force }) => {
        const at = branches.get(branch);
        if (at === undefined) return no(422, 'Reference does not exist');
        if (force !== true && !ancestors(String(sha)).includes(at)) return no(422, 'Update is not a fast forward');
        branches.set(branch, String(sha));
        return { status: 200, body: shownRef(branch) };
      },
    ],
    ['DELETE', /^\/git\/refs\/heads\/(.+)$/, (branch) => (branches.delete(branch) ? { status: 204 } : no(422, 'Reference does not exist'))],
    [
      'POST',
      /^\/merges$/,
      (_, { base, head, commit_message }) => {
        const [ours, theirs] = [branches.has(String(base)) ? find(String(base)) : null, find(String(head))];
        if (ours === null) return no(404, 'Base does not exist');
        if (theirs === null) return no(404, 'Head does not exist');
        if (ancestors(ours.sha).includes(theirs.sha)) return { status: 204 };
        const files = mergedFiles(ours, theirs);
        if (files === null) return no(409, 'Merge conflict');
        const commit = add(treeOf(files), [ours.sha, theirs.sha], String(commit_message));
        branches.set(String(base), commit.sha);
        return { status: 201, body: { sha: commit.sha, commit: shown(commit) } };
      },
    ],
  ];

  return {
    branches,
    commit(branch, changes, parents) {
      const from = find(branch);
      const commit = add(treeOf({ ...filesOf(from), ...changes }), parents ?? (from === null ? [] : [from.sha]), 'A change');
      branches.set(branch, commit.sha);
      return commit.sha;
    },
    filesAt: (name) => filesOf(find(name)),
    messageOf: (sha) => commits.get(sha)?.message ?? '',
    clear() {
      for (const map of [commits, trees, branches]) map.clear();
    },
    answer({ method, path, text }) {
      for (const [of_method, pattern, reply] of routes) {
        const found = method === of_method ? pattern.exec(path) : null;
        if (found !== null) return reply(found[1] ?? '', text === '' ? {} : (JSON.parse(text) as Record<string, unknown>));
      }
      return null;
    },
  };
}

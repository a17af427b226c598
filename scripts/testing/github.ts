/** One repository that answers as GitHub's REST and GraphQL APIs do. */
import { startGit, type TestGit } from './github-git.ts';
import { startPeer, type Peer, type PeerAnswer, type PeerRequest } from './peer.ts';

export const github_token = 'ghp-test';

interface Pull {
  number: number;
  node_id: string;
  merged: boolean;
  title: string;
  body: string | null;
  created_at: string;
  html_url: string;
  head?: string;
  base?: string;
}

interface Run {
  id: number;
  html_url: string;
  display_title: string;
  event: string;
  created_at: string;
  inputs: { [name: string]: string };
  ref: string;
}

export interface TestGithub extends Peer {
  git: TestGit;
  pulls: Pull[];
  runs: Run[];
  /** The text of `.github/workflows/deploy.yml`: whether its runs show the marker depends on it. */
  workflow: { text: string };
  /** Whether it knows `return_run_details`. */
  details: { returned: boolean };
  /** The next GraphQL requests are answered with these errors. */
  graphql_errors: object[];
}

const with_marker = 'name: Deploy\nrun-name: Deploy ${{ inputs.sha }} ${{ inputs.execops }}\non: workflow_dispatch\n';

export async function startGithub(repository = 'acme/shop'): Promise<TestGithub> {
  const pulls: Pull[] = [pullOf(41, { merged: true, title: 'Faster checkout' }), pullOf(42, { merged: false, title: 'Draft' })];
  const runs: Run[] = [];
  const workflow = { text: with_marker };
  const details = { returned: true };
  const graphql_errors: object[] = [];
  const git = startGit();
  const no = (status: number, message: string): PeerAnswer => ({
    status,
    body: { message, documentation_url: 'https://docs.github.com/rest' },
  });

  function pullOf(number: number, more: Partial<Pull>): Pull {
    const html_url = `https://github.com/${repository}/pull/${number}`;
    return {
      number,
      node_id: `PR_${number}`,
      merged: false,
      title: '',
      body: null,
      created_at: new Date().toISOString(),
      html_url,
      ...more,
    };
  }

  function revert({ text }: PeerRequest): PeerAnswer {
    const error = graphql_errors.shift();
    if (error !== undefined) return { status: 200, body: { data: { revertPullRequest: null }, errors: [error] } };
    const { variables } = JSON.parse(text) as { variables: { input: { pullRequestId: string; title: string; body: string } } };
    const original = pulls.find(({ node_id }) => node_id === variables.input.pullRequestId);
    if (original === undefined)
      return { status: 200, body: { data: null, errors: [{ type: 'NOT_FOUND', message: 'Could not resolve to a node' }] } };
    const made = pullOf(100 + pulls.length, { title: variables.input.title, body: variables.input.body });
    pulls.push(made);
    return { status: 200, body: { data: { revertPullRequest: { revertPullRequest: { number: made.number, url: made.html_url } } } } };
  }

  function open({ text }: PeerRequest): PeerAnswer {
    const { title, body, head, base } = JSON.parse(text) as { title: string; body: string; head: string; base: string };
    if (!git.branches.has(head) || !git.branches.has(base)) return no(422, 'Validation Failed');
    if (pulls.some((pull) => pull.head === head)) return no(422, `A pull request already exists for ${head}.`);
    const made = pullOf(100 + pulls.length, { title, body, head, base });
    pulls.push(made);
    return { status: 201, body: made };
  }

  function listed(query: URLSearchParams): PeerAnswer {
    const head = query.get('head');
    return {
      status: 200,
      body: paged(head === null ? pulls : pulls.filter((pull) => head === `${repository.split('/')[0]}:${pull.head}`), query),
    };
  }

  function dispatch({ text }: PeerRequest): PeerAnswer {
    const { ref, inputs, return_run_details } = JSON.parse(text) as {
      ref: string;
      inputs: { [name: string]: string };
      return_run_details?: boolean;
    };
    const id = 9_000 + runs.length;
    const title = workflow.text.includes('inputs.execops') ? `Deploy ${inputs.sha} ${inputs.execops}` : 'Deploy';
    const html_url = `https://github.com/${repository}/actions/runs/${id}`;
    runs.push({ id, html_url, display_title: title, event: 'workflow_dispatch', created_at: new Date().toISOString(), inputs, ref });
    if (!return_run_details || !details.returned) return { status: 204 };
    return {
      status: 200,
      body: { workflow_run_id: id, run_url: `https://api.github.com/repos/${repository}/actions/runs/${id}`, html_url },
    };
  }

  const paged = <T>(items: T[], query: URLSearchParams): T[] => {
    const [size, page] = [Number(query.get('per_page') ?? 30), Number(query.get('page') ?? 1)];
    return [...items].reverse().slice((page - 1) * size, page * size);
  };

  function answer(request: PeerRequest): PeerAnswer {
    const { method, path, query, headers } = request;
    if (headers.authorization !== `token ${github_token}`) return no(401, 'Bad credentials');
    if (path === '/user') return { status: 200, body: { login: 'execops-bot', id: 7 } };
    if (method === 'POST' && path === '/graphql') return revert(request);
    const inside = path.startsWith(`/repos/${repository}/`) ? path.slice(`/repos/${repository}`.length) : '';
    if (method === 'GET' && inside === '/pulls') return listed(query);
    if (method === 'POST' && inside === '/pulls') return open(request);
    const pull = pulls.find(({ number }) => inside === `/pulls/${number}`);
    if (method === 'GET' && pull !== undefined) return { status: 200, body: pull };
    if (method === 'POST' && inside === '/actions/workflows/deploy.yml/dispatches') return dispatch(request);
    if (method === 'GET' && inside === '/actions/workflows/deploy.yml/runs')
      return { status: 200, body: { total_count: runs.length, workflow_runs: paged(runs, query) } };
    if (method === 'GET' && inside === '/contents/.github/workflows/deploy.yml')
      return { status: 200, body: { type: 'file', encoding: 'base64', content: Buffer.from(workflow.text).toString('base64') } };
    if (method === 'GET' && /^\/(deployments|commits\/[0-9a-f]{40}\/pulls)$/.test(inside)) return { status: 200, body: [] };
    return git.answer({ ...request, path: inside }) ?? no(404, 'Not Found');
  }

  return Object.assign(await startPeer(answer), { git, pulls, runs, workflow, details, graphql_errors });
}

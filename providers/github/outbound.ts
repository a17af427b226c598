/** What GitHub can be asked to do. */
export { githubIdentity, type GithubAccount } from './account.ts';
export { createRedeploy } from './redeploy.ts';
export { createRevertPullRequest } from './revert.ts';

import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';

const folders = ['domain', 'providers', 'prisma', 'workflows', 'activities', 'temporal', 'api', 'ui', 'scripts'];

/** Who may import whom, and why not more. A folder may always import from itself. */
const import_table = {
  domain: { from: [], why: 'The domain is what everything else agrees on: it depends on nothing of ours.' },
  providers: {
    from: ['domain'],
    why: 'A provider translates between its API and the domain; what is stored or started is not its business.',
  },
  prisma: { from: ['domain'], why: 'Queries know rows and the domain, not who asks.' },
  workflows: { from: ['domain'], why: 'A workflow is order only and is replayed: judgement and the outside world belong into activities.' },
  activities: { from: ['domain', 'providers', 'prisma'], why: 'Activities get everything else by argument.' },
  temporal: {
    from: ['domain', 'providers', 'prisma', 'workflows', 'activities', 'scripts'],
    why: 'The worker runs without the web process.',
  },
  api: { from: ['domain', 'providers', 'prisma', 'temporal'], why: 'The web process answers and records; work belongs into the worker.' },
  ui: { from: ['domain'], why: 'The interface reaches the application only through locals.app (domain/app.ts).' },
};

/** Packages and single files that are closed on top of that. */
const further = {
  domain: [{ regex: '^(?!\\.|zod$|node:crypto$)', message: 'The domain uses zod, and node:crypto for hashes, and nothing else.' }],
  workflows: [
    {
      regex: '^(?!\\.|@temporalio/(workflow|common)$)',
      message: 'Only @temporalio/workflow and /common exist inside the workflow sandbox.',
    },
    { regex: '/domain/(seal|uuid|environment)\\.ts$', message: 'This file needs Node, which the workflow sandbox does not have.' },
  ],
  api: [
    {
      // Notices to the organisation's own people and answers to clicks go out from here, by Slack, mail and push, and so do webhooks; they are no actions.
      regex: '/providers/(?!registry\\.ts$|receivers\\.ts$|slack/client\\.ts$|mail/notice\\.ts$|notices/|.+/inbound\\.ts$)',
      message: 'The web process verifies and parses what comes in; what goes out belongs to the worker.',
    },
    { regex: '/temporal/(?!client\\.ts$|dispatcher\\.ts$)', message: 'The web process only signals workflows; it never runs them.' },
  ],
};

/** A test may start real servers and look at any part, and a labelled scenario is a test's input; the embedded Postgres is a process, and starting those is what scripts/ can do. */
const free = [
  '**/*.test.ts',
  '**/scenarios.ts',
  '**/scenarios-*.ts',
  '**/testing.ts',
  '**/testing-*.ts',
  '**/testing/**',
  'prisma/embedded.ts',
];

const imports = Object.entries(import_table).map(([folder, { from, why }]) => {
  const closed = folders.filter((other) => other !== folder && !from.includes(other));
  const patterns = [{ regex: `^(\\.\\./)+(${closed.join('|')})/`, message: why }, ...(further[folder] ?? [])];
  return { files: [`${folder}/**/*.{ts,svelte}`], ignores: free, rules: { 'no-restricted-imports': ['error', { patterns }] } };
});

export default defineConfig(
  globalIgnores(['**/build/', '**/.svelte-kit/', '**/node_modules/', 'prisma/generated/', 'coverage/', 'artifacts/', 'data/']),
  js.configs.recommended,
  ts.configs.recommended,
  svelte.configs.recommended,
  { files: ['**/*.svelte', '**/*.svelte.ts'], languageOptions: { parserOptions: { parser: ts.parser } } },
  {
    files: ['{activities,api,domain,prisma,providers,scripts,temporal,workflows}/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // A promise nobody waits for is an error nobody sees.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    rules: {
      // Node strips types and keeps every other import.
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // The type checkers do this better.
      'no-undef': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // Text from outside is searched for exactly these.
      'no-control-regex': 'off',
      // Links carry the base path already when they reach a component.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  { files: ['{activities,api,domain,prisma,providers,temporal,workflows}/**/*.ts'], ignores: free, rules: { 'no-console': 'error' } },
  ...imports,
);

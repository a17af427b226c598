/** The OpenAPI document, written from the routes and their schemas. */
import { z } from 'zod';

import type { Route } from './route.ts';

type Schema = z.core.JSONSchema.BaseSchema;

export function openApiOf(routes: readonly Route[], base_path: string) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of [...routes, ...webhook_doors]) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'ExecOps', version: '0.1.0', description: 'Ready-to-run actions that a human decides. Human documentation: /docs.' },
    servers: [{ url: base_path === '' ? '/' : base_path }],
    security: [{ session: [] }, { key: [] }],
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'better-auth.session_token' },
        key: { type: 'http', scheme: 'bearer', description: 'A personal or agent key: reads and proposes.' },
      },
      schemas: { Json: json_value, Problem: problem_document },
    },
  };
}

type Described = Pick<Route, 'method' | 'path' | 'summary' | 'access' | 'query' | 'body' | 'responses'>;

/** These are not routes of the registry: their bodies are the providers' own, and belong to the signature. */
const accepted = z.object({ event_id: z.uuid(), duplicate: z.boolean() });
const webhook_doors: Described[] = ['/ingest/:source', '/ingest/:source/:endpoint'].map((path) => ({
  method: 'post',
  path,
  summary: "A provider's webhook, with its signature. Answered once the event is committed.",
  access: 'public',
  body: z.looseObject({}),
  responses: { 202: { description: 'Accepted.', schema: accepted }, 200: { description: 'The same delivery again.', schema: accepted } },
}));

function operationOf({ path, summary, access, query, body, responses }: Described) {
  const in_path = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  return {
    summary,
    // Who may call, in this product's own words; what a role allows on top of it is the call's own business.
    'x-access': access,
    ...(access === 'public' && { security: [] }),
    ...(access === 'session' && { security: [{ session: [] }] }),
    parameters: [...in_path, ...(query === undefined ? [] : queryParameters(query))],
    ...(body !== undefined && {
      requestBody: { required: !body.safeParse(undefined).success, content: { 'application/json': { schema: schemaOf(body, 'input') } } },
    }),
    responses: {
      ...Object.fromEntries(Object.entries(responses).map(([status, response]) => [status, responseOf(response)])),
      default: {
        description: 'A problem; see /docs.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function responseOf({ description, schema, media_type = 'application/json' }: Route['responses'][number]) {
  if (schema === undefined && media_type === 'application/json') return { description };
  return { description, content: { [media_type]: schema === undefined ? {} : { schema: schemaOf(schema, 'output') } } };
}

function queryParameters(query: z.ZodType) {
  const { properties = {}, required = [] } = schemaOf(query, 'input');
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }));
}

/** Any JSON value is the one recursive schema there is; it becomes a component, for `$defs` are not looked up inside OpenAPI. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, $defs: __, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return JSON.parse(JSON.stringify(rest).replace(/"#\/\$defs\/__schema\d+"/g, '"#/components/schemas/Json"'));
}

const json_value = { description: 'Any JSON value.' };

const problem_document = {
  type: 'object',
  description: 'RFC 9457 problem details.',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', description: 'Stable: /docs#<problem>.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What was wrong and what to do.' },
    errors: { type: 'array', items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } } },
  },
};

/** What the OpenAPI document says about each call, and a body that fits what it says: whoever adds a route adds nothing here. */
import type { Access } from '../../api/route.ts';

export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With names in braces: `/api/proposals/{id}`. */
  path: string;
  access: Access;
  query: string[];
  /** The body's schema; undefined when it takes none. */
  body: Schema | undefined;
  streams: boolean;
}

export interface Schema {
  [key: string]: unknown;
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  prefixItems?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  format?: string;
  pattern?: string;
  minLength?: number;
  minItems?: number;
  minimum?: number;
}

interface Described {
  'x-access'?: Access;
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, unknown> }>;
}

export function operationsOf(document: { paths: Record<string, Record<string, Described>> }): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => {
      const access = described['x-access'];
      if (access === undefined) throw new Error(`${method} ${path} does not say who may call it (x-access).`);
      return {
        method: method.toUpperCase() as Operation['method'],
        path,
        access,
        query: (described.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name),
        body: described.requestBody?.content['application/json']?.schema,
        streams: Object.values(described.responses).some(({ content }) => content?.['text/event-stream'] !== undefined),
      };
    }),
  );
}

/** A value that the schema allows. `known` are values by the member's name, for ids that have to exist. */
export function sampleOf(schema: Schema, known: Record<string, unknown>, name = ''): unknown {
  if (Object.hasOwn(known, name)) return known[name];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const [first] = schema.anyOf ?? schema.oneOf ?? [];
  if (first !== undefined) return sampleOf(first, known, name);
  if (schema.allOf !== undefined) return Object.assign({}, ...schema.allOf.map((part) => sampleOf(part, known)));
  switch ([schema.type].flat()[0]) {
    case 'object':
      return Object.fromEntries((schema.required ?? []).map((key) => [key, sampleOf(schema.properties?.[key] ?? {}, known, key)]));
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf(schema.items ?? {}, known));
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return textOf(schema);
  }
}

const day_ms = 24 * 60 * 60 * 1000;

function textOf({ format, pattern, minLength = 1 }: Schema): string {
  if (format === 'uuid') return crypto.randomUUID();
  if (format === 'email') return 'somebody@example.com';
  if (format === 'uri') return 'https://hooks.example.com/execops';
  if (format === 'date-time') return new Date(Date.now() + day_ms).toISOString();
  if (format === 'date') return new Date().toISOString().slice(0, 10);
  if (pattern?.includes('[0-9a-f]{64}')) return 'a'.repeat(64);
  return 'sample words of a fitting length'.padEnd(minLength, '.');
}

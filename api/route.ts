/** A route is one value: it validates what comes in, and `/openapi.json` and `/docs` are written from the same value. */
import express, { type Request, type Response, type Router } from 'express';
import type { z } from 'zod';

import { Problem } from '../domain/problem.ts';
import { depthOf, mapText, storableText, type Json } from '../domain/text.ts';
import type { Caller, Door } from './identity.ts';
import { body_bytes_max, json_depth_max } from './limits.ts';
import { checked } from './problems.ts';

/**
 * Who may call: anyone; a person or a key that reads; one that proposes; a person's own session.
 * What a person's role allows is decided by the application, for every surface alike.
 */
export type Access = 'public' | 'read' | 'propose' | 'session';

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string | string[]>;
}

export interface RouteResponse {
  description: string;
  schema?: z.ZodType;
  media_type?: string;
}

export interface RouteRequest<Params extends string, Query, Body> {
  params: Record<Params, string>;
  query: Query;
  body: Body;
  request: Request;
  response: Response;
}

interface Description<Query, Body> {
  method: 'get' | 'post' | 'delete';
  /** As Express writes it: `/api/proposals/:id`. */
  path: string;
  summary: string;
  params?: Record<string, string>;
  query?: z.ZodType<Query>;
  body?: z.ZodType<Body>;
  /** Refuses a body for reasons that deserve better words than the schema has. */
  checkBody?(body: Json | undefined): void;
  /** The answers that are wished for; each problem is documented once, on /docs. */
  responses: Record<number, RouteResponse>;
}

type ParamsOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamsOf<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

export interface Route extends Description<unknown, unknown> {
  access: Access;
  /** Runs the request from identity to answer; undefined when the handler answers by itself, as a stream does. */
  run(door: Door, request: Request, response: Response): Promise<Answer | undefined>;
}

/** For callers who have to say who they are. */
export function defineRoute<const Path extends string, Query = undefined, Body = undefined>(
  route: Description<Query, Body> & {
    path: Path;
    access: Exclude<Access, 'public'>;
    handle(request: RouteRequest<ParamsOf<Path>, Query, Body> & { caller: Caller }): Promise<Answer | undefined>;
  },
): Route {
  return {
    ...route,
    async run(door, request, response) {
      const caller = await door.enter(request, route.access);
      return route.handle({ caller, ...(await readRequest<ParamsOf<Path>, Query, Body>(route, request, response)) });
    },
  };
}

export function definePublicRoute<const Path extends string, Query = undefined, Body = undefined>(
  route: Description<Query, Body> & { path: Path; handle(request: RouteRequest<ParamsOf<Path>, Query, Body>): Promise<Answer | undefined> },
): Route {
  return {
    ...route,
    access: 'public',
    async run(door, request, response) {
      if (route.method !== 'get') door.checkSite(request);
      return route.handle(await readRequest<ParamsOf<Path>, Query, Body>(route, request, response));
    },
  };
}

/** Mounts the routes, and a 405 that names the methods for each of their paths. */
export function mountRoutes(router: Router, routes: readonly Route[], door: Door): void {
  for (const route of routes) {
    router[route.method](route.path, async (request, response) => {
      const answer = await route.run(door, request, response);
      if (answer !== undefined) sendAnswer(response, answer);
    });
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    router.all(path, (request, response) => {
      // `/api/keys/mine` is offered by its own route and by that of `/api/keys/:id`.
      const fitting = routes.filter((route) => patternOf(route.path).test(request.path));
      refuseMethod(request, response, [...new Set(fitting.map(({ method }) => method.toUpperCase()))]);
    });
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+')}/?$`, 'i');
}

export function refuseMethod(request: Request, response: Response, methods: readonly string[]): never {
  const allow = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  response.setHeader('allow', allow.join(', '));
  throw new Problem('method_not_allowed', `${request.method} is not offered at ${request.path}. Use ${methods.join(' or ')}.`);
}

function sendAnswer(response: Response, { status, body, headers }: Answer): void {
  response.status(status);
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store');
  if (body === undefined) response.end();
  else if (typeof body === 'string') response.send(body);
  else response.json(body);
}

async function readRequest<Params extends string, Query, Body>(route: Description<Query, Body>, request: Request, response: Response) {
  return {
    // Express fills in exactly the names that the path has.
    params: request.params as Record<Params, string>,
    query: route.query === undefined ? noValue<Query>() : parseQuery(route.query, request),
    body: route.body === undefined ? noValue<Body>() : parseBody(route.body, await readJson(request, response), route.checkBody),
    request,
    response,
  };
}

/** The type parameter is `undefined` when the route names no schema. */
function noValue<T>(): T {
  return undefined as T;
}

function parseQuery<Query>(schema: z.ZodType<Query>, request: Request): Query {
  // Said twice, or as an array of another framework: which one was meant is not for us to guess.
  const unclear = Object.entries(request.query).find(([name, value]) => typeof value !== 'string' || /[[\]]/.test(name));
  if (unclear !== undefined) throw new Problem('bad_request', 'Name each part of the query once, as name=value, without brackets.');
  // `?vertical=` asks for no vertical in particular.
  const values = Object.entries(request.query)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => [name, storableText(String(value))]);
  return checked(schema, Object.fromEntries(values), 'query');
}

function parseBody<Body>(schema: z.ZodType<Body>, value: Json | undefined, check: ((value: Json | undefined) => void) | undefined): Body {
  check?.(value);
  return checked(schema, value);
}

const parseJsonBody = express.json({ limit: body_bytes_max, strict: false, type: isJson });

/** The body as a JSON value whose depth is bounded and whose text Postgres can keep; undefined when there is none. */
async function readJson(request: Request, response: Response): Promise<Json | undefined> {
  if (!hasBody(request)) return undefined;
  requireJson(request);
  await new Promise<void>((resolve, reject) =>
    parseJsonBody(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error))),
  );
  // The parser's own type for a parsed body is `any`; JSON.parse gives JSON.
  const body = request.body as Json | undefined;
  if (body === undefined) return undefined;
  if (depthOf(body) > json_depth_max) throw new Problem('bad_request', `The body nests deeper than ${json_depth_max} levels.`);
  return mapText(body, storableText);
}

export function hasBody(request: Request): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

export function requireJson(request: Request): void {
  if (!isJson(request)) throw new Problem('wrong_media_type', 'Send JSON, with the header content-type: application/json.');
}

export function isJson({ headers }: { headers: { 'content-type'?: string } }): boolean {
  return headers['content-type'] !== undefined && /^\s*application\/json\s*(;|$)/i.test(headers['content-type']);
}

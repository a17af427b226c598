/** A provider's JSON API that has no client of its own here. Every answer is read by a schema. */
import type { z } from 'zod';

import { fetchWithin, garbled, lost, NoAnswer, refused, type Asked } from './http.ts';

export interface JsonCall<Answer> {
  method: 'GET' | 'POST';
  path: string;
  query?: { [name: string]: string };
  body?: object;
  asked: Asked;
  answer: z.ZodType<Answer>;
  signal?: AbortSignal;
}

export type JsonApi = <Answer>(call: JsonCall<Answer>) => Promise<Answer>;

export interface JsonApiSettings {
  /** As a person calls it. */
  name: string;
  base_url: string;
  headers: { [name: string]: string };
  /** The machine's word for why it refused, out of the provider's own form of an error. */
  codeOf(body: unknown): string | null;
  ms_max?: number;
}

export function createJsonApi({ name, base_url, headers, codeOf, ms_max }: JsonApiSettings): JsonApi {
  const fetchFrom = fetchWithin(base_url, ms_max);
  return async ({ method, path, query = {}, body, asked, answer, signal }) => {
    const url = new URL(`${base_url.replace(/\/+$/, '')}${path}`);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const response = await fetchFrom(url, {
      method,
      headers: { ...headers, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    }).catch((error: unknown) => {
      throw error instanceof NoAnswer ? lost(name, error, asked) : error;
    });
    const read = await jsonOf(response);
    if (!response.ok) throw refused(name, { status: response.status, code: codeOf(read), headers: response.headers }, asked);
    const parsed = answer.safeParse(read);
    if (!parsed.success) throw garbled(name, asked);
    return parsed.data;
  };
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    // The schema says what it makes of an answer that is no JSON.
    return text;
  }
}

/** Labelled cases from a JSON file, for whoever does not write TypeScript. docs/eval.md tells the format. */
import { z } from 'zod';

import { context_request } from '../../domain/context.ts';
import { ingest_sources } from '../../domain/event.ts';
import { urgencies, verticals } from '../../domain/proposal.ts';
import { isJsonObject, resolveTimes } from './relative-time.ts';
import type { Json } from '../../domain/text.ts';
import type { Course, Moment } from './scenario.ts';
import type { LabelledScenario } from './scenarios.ts';

const json: z.ZodType<Json> = z.json();
const expected = z.strictObject({
  vertical: z.enum(verticals),
  action_type: z.enum(['email', 'api_call', 'slack_dm']),
  operation: z.string().optional(),
  urgency: z.enum(urgencies),
  subject: z.string().optional(),
  to: z.string().optional(),
});
const labelled = z.strictObject({
  name: z.string().min(1),
  sop: z.enum(verticals).optional(),
  context: z.record(z.string(), json).optional(),
  connected: z.array(z.enum(['slack', 'github', 'intercom', 'hubspot', 'stripe'])).optional(),
  deliveries: z.array(
    z.strictObject({
      source: z.enum(ingest_sources),
      payload: json,
      headers: z.record(z.string(), z.string()).optional(),
      received_at: z.iso.datetime({ offset: true }).optional(),
    }),
  ),
  expect: z.array(expected),
  reason: z.string().optional(),
});
const scenario_file = z.strictObject({ scenarios: z.array(z.record(z.string(), json)).min(1) });

/** Throws a sentence that names what does not fit, and where. */
export function readScenarioFile(text: string): LabelledScenario[] {
  const { scenarios } = parse(scenario_file, parseJson(text), 'the file');
  return scenarios.map((written, index) => {
    const where = typeof written.name === 'string' ? `scenario ${index + 1} (${written.name})` : `scenario ${index + 1}`;
    const { name, sop, expect } = read(written, any_moment, where);
    const build = (moment: Moment): Course => courseOf(read(written, moment, where));
    return { sop: sop ?? expect[0]?.vertical ?? null, scenario: { name, build } };
  });
}

/** To find what does not fit before anything runs; the moment itself comes with the run. */
const any_moment: Moment = { now: new Date(0), ago: () => new Date(0), ahead: () => new Date(0) };

function read(written: { [key: string]: Json }, moment: Moment, where: string): z.output<typeof labelled> {
  const one = parse(labelled, resolveTimes(written, moment, where), where);
  if (one.context !== undefined) parse(context_request, one.context, `${where}: context`);
  return one;
}

function courseOf({ context, connected, deliveries, expect, reason }: z.output<typeof labelled>): Course {
  return {
    ...(context !== undefined && { context }),
    ...(connected !== undefined && { connected }),
    deliveries: deliveries.map(({ source, payload, headers, received_at }) => ({
      source,
      payload,
      ...(headers !== undefined && { headers: lowerCased(headers) }),
      ...(received_at !== undefined && { received_at: new Date(received_at) }),
    })),
    expect: expect.map((one) => one),
    ...(reason !== undefined && { reason: partOf(reason) }),
  };
}

/** As Node's HTTP server gives them. */
function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The text as it stands, in upper or lower case. */
function partOf(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`It is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function parse<T>(schema: z.ZodType<T>, value: Json, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'it'}: ${message}`);
  const hint = !isJsonObject(value) && where === 'the file' ? ' {"scenarios": [...]} is expected.' : '';
  throw new Error(`${where} does not fit.${hint} ${issues.join('; ')}`);
}

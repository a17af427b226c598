/** Prometheus text (https://prometheus.io/docs/instrumenting/exposition_formats/): this process, and what came through its doors. */
import type { RequestHandler } from 'express';

import { defineRoute, type Route } from './route.ts';

export interface Counters {
  events: { accepted: number; duplicate: number; ignored: number };
  /** Answers by the first digit of their status. */
  answers: Record<'2' | '3' | '4' | '5', number>;
}

export function createCounters(): Counters {
  return { events: { accepted: 0, duplicate: 0, ignored: 0 }, answers: { 2: 0, 3: 0, 4: 0, 5: 0 } };
}

export function countAnswers({ answers }: Counters): RequestHandler {
  return (_request, response, next) => {
    response.once('finish', () => {
      const digit = String(response.statusCode).charAt(0);
      if (digit === '2' || digit === '3' || digit === '4' || digit === '5') answers[digit] += 1;
    });
    next();
  };
}

export function metricsRoute(counters: Counters): Route {
  return defineRoute({
    method: 'get',
    path: '/metrics',
    summary: 'Prometheus figures of this process. A scraper sends an API key as its bearer token.',
    access: 'read',
    responses: { 200: { description: 'Prometheus text.', media_type: 'text/plain' } },
    async handle() {
      return { status: 200, body: render(counters), headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } };
    },
  });
}

function render({ events, answers }: Counters): string {
  const { user, system } = process.cpuUsage();
  return [
    ...metric('process_cpu_seconds_total', 'counter', 'CPU time of this process.', [['', (user + system) / 1e6]]),
    ...metric('process_resident_memory_bytes', 'gauge', 'Resident memory of this process.', [['', process.memoryUsage.rss()]]),
    ...metric('process_uptime_seconds', 'gauge', 'How long this process has run.', [['', process.uptime()]]),
    ...metric('execops_events_total', 'counter', 'Webhook deliveries with a good signature.', labelled('result', events)),
    ...metric(
      'execops_http_answers_total',
      'counter',
      'Answers outside the webhook doors, by class of status.',
      labelled('class', answers),
    ),
    '',
  ].join('\n');
}

function metric(name: string, type: string, help: string, samples: [string, number][]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map(([labels, value]) => `${name}${labels} ${value}`)];
}

function labelled(label: string, values: Record<string, number>): [string, number][] {
  return Object.entries(values).map(([value, count]) => [`{${label}="${value}"}`, count]);
}

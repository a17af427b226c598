/** What a run found, and the table that tells it. */
import { type Part, parts } from './instance.ts';
import { type Machine, machineLine } from './machine.ts';
import type { Measured, Row } from './measure.ts';
import type { Figures } from './statistics.ts';

export interface Report extends Measured {
  machine: Machine;
  memory: { idle_mb: Record<Part, number>; load_mb: Record<Part, number> };
  start: { first_ms: number; second_ms: number | null };
}

/** How many times the floor's value: of a time less is better, of a rate more. */
export function ratios({ product, floor }: Row): { p50: number; rate: number | null } {
  const rate = product.per_second === null || floor.per_second === null ? null : product.per_second / floor.per_second;
  return { p50: product.p50_ms / floor.p50_ms, rate };
}

export function tableOf({ machine, rows, cards_per_second, cpu_ms_per_trip, memory, start }: Report): string {
  const lines = [machineLine(machine), machine.command];
  for (const group of new Set(rows.map((row) => row.group))) {
    lines.push('', line(group, 'ExecOps p50', 'p99', 'per s', 'bare p50', 'p99', 'per s', 'p50 ratio', 'rate ratio'));
    lines.push('-'.repeat(width));
    for (const row of rows.filter((candidate) => candidate.group === group)) lines.push(figuresLine(row));
  }
  lines.push(
    '',
    burstText(cards_per_second),
    '',
    line('Processor time for one of these round trips, ms', 'ExecOps', 'bare'),
    '-'.repeat(width),
  );
  for (const [name, ms] of Object.entries(cpu_ms_per_trip.product))
    lines.push(line(`  ${name}`, ms.toFixed(1), cpu_ms_per_trip.floor[name]?.toFixed(1) ?? ''));
  lines.push('', line('Resident memory, MB', 'idle', 'under load'), '-'.repeat(width));
  for (const part of parts) lines.push(line(`  ${part}`, memory.idle_mb[part].toFixed(0), memory.load_mb[part].toFixed(0)));
  lines.push(
    line(
      '  web + worker',
      (memory.idle_mb.web + memory.idle_mb.worker).toFixed(0),
      (memory.load_mb.web + memory.load_mb.worker).toFixed(0),
    ),
  );
  lines.push('', startText(start));
  return lines.join('\n');
}

export function burstText(cards_per_second: number): string {
  return `A burst of webhooks, 64 at once, became cards at ${rateText(cards_per_second)}.`;
}

export function startText({ first_ms, second_ms }: Report['start']): string {
  const second = second_ms === null ? '' : `, second start ${seconds(second_ms)}`;
  return `From npm start to ready: with an empty data folder ${seconds(first_ms)}${second}.`;
}

const name_width = 58;
const column_width = 11;
const width = name_width + 8 * column_width;

function figuresLine(row: Row): string {
  const { p50, rate } = ratios(row);
  return line(
    `  ${row.name}`,
    ...cellsOf(row.product),
    ...cellsOf(row.floor),
    `${p50.toFixed(2)} ×`,
    rate === null ? '' : `${rate.toFixed(2)} ×`,
  );
}

const cellsOf = ({ p50_ms, p99_ms, per_second }: Figures) => [
  timeText(p50_ms),
  timeText(p99_ms),
  per_second === null ? '' : per_second.toFixed(per_second < 100 ? 1 : 0),
];

function line(name: string, ...cells: string[]): string {
  return (name.padEnd(name_width) + cells.map((cell) => cell.padStart(column_width)).join('')).trimEnd();
}

export const timeText = (ms: number) => `${ms < 10 ? ms.toFixed(2) : ms.toFixed(1)} ms`;
export const rateText = (per_second: number) => `${per_second.toFixed(per_second < 100 ? 1 : 0)} per s`;
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

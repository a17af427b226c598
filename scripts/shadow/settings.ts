/** A procedure's settings with some of them changed from the command line. */
import { sop_settings, type SopSettings } from '../../activities/verticals/settings.ts';
import type { Json } from '../../domain/text.ts';
import { UsageError } from '../command-line.ts';

export type SopName = keyof SopSettings;

export interface Trial {
  sop: SopName;
  /** Each setting that is another one than usual. */
  changes: { name: string; from: Json; to: Json }[];
}

/** Throws a UsageError that lists what there is. */
export function trialOf(name: string | undefined, assignments: readonly string[]): Trial {
  const sop = sopNamed(name);
  const usual: { [name: string]: Json } = { ...sop_settings[sop] };
  const changes = assignments.map((assignment) => changeOf(sop, usual, assignment));
  if (changes.length === 0) throw new UsageError(`Name what to change with --set. ${listOf(sop, usual)}`);
  return { sop, changes };
}

function sopNamed(name: string | undefined): SopName {
  const names = Object.keys(sop_settings).join(', ');
  if (name === undefined) throw new UsageError(`Name the procedure with --sop: ${names}.`);
  if (!isSop(name)) throw new UsageError(`There is no procedure "${name}". There are ${names}.`);
  return name;
}

function isSop(name: string): name is SopName {
  return Object.hasOwn(sop_settings, name);
}

function changeOf(sop: SopName, usual: { [name: string]: Json }, assignment: string): Trial['changes'][number] {
  const [, name = '', written = ''] = /^([^=]+)=(.*)$/s.exec(assignment) ?? [];
  const from = Object.hasOwn(usual, name) ? usual[name] : undefined;
  if (from === undefined) throw new UsageError(`"${assignment}" names no setting; write --set name=value. ${listOf(sop, usual)}`);
  const to = valueOf(written, from);
  if (to === undefined)
    throw new UsageError(`"${written}" is no value for ${name}: ${kindOf(from)} is expected, such as ${JSON.stringify(from)}.`);
  return { name, from, to };
}

/** Of the same kind as the usual value. */
function valueOf(written: string, usual: Json): Json | undefined {
  if (typeof usual === 'number') return written.trim() !== '' && Number.isFinite(Number(written)) ? Number(written) : undefined;
  try {
    const value: Json = JSON.parse(written);
    return kindOf(value) === kindOf(usual) ? value : undefined;
  } catch {
    return typeof usual === 'string' ? written : undefined;
  }
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'a JSON list';
  return typeof value === 'object' ? 'a JSON object' : `a ${typeof value}`;
}

function listOf(sop: SopName, usual: { [name: string]: Json }): string {
  return `The settings of ${sop} are ${Object.entries(usual)
    .map(([name, value]) => `${name} (${JSON.stringify(value)})`)
    .join(', ')}.`;
}

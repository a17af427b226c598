/** What the palette lists: verbs for the card in front, places, filters, samples, and the rest. */
import { goto } from '$app/navigation';

import type { Person } from '#domain/app.ts';
import { verticals } from '#domain/proposal.ts';
import { vertical_names } from '#domain/words.ts';
import type { Desk } from '#lib/desk.svelte.ts';
import { samples } from '#lib/first/samples.svelte.ts';
import { card_keys, place_keys } from '#lib/keys/map.ts';
import { opener } from '#lib/keys/opener.svelte.ts';
import { inbox_path, quiet_path, sign_out_path } from '#lib/paths.ts';
import { panelPath, panelsFor } from '#lib/settings/panels.ts';

export interface Command {
  id: string;
  group: string;
  name: string;
  keys: string[];
  run(): void;
}

export function commandsFor(person: Person, desk: Desk | null): Command[] {
  return [
    ...onTheCard(person, desk),
    ...place_keys.map(({ keys, name, go }) => command('Go to', name, go, keys.split(' '))),
    command('Go to', 'What did not ask for you', () => void goto(quiet_path)),
    ...panelsFor(person.role).map(({ path, name }) => command('Settings', name, () => void goto(panelPath(path)))),
    command('Filter', 'Everything that waits', () => void goto(inbox_path)),
    command('Filter', 'Critical only', () => void goto(`${inbox_path}?urgency=critical`)),
    command('Filter', 'Snoozed', () => void goto(`${inbox_path}?flag=snoozed`)),
    command('Filter', 'Failed', () => void goto(`${inbox_path}?status=failed`)),
    ...verticals.map((vertical) => command('Filter', vertical_names[vertical], () => void goto(`${inbox_path}?vertical=${vertical}`))),
    ...(person.role === 'viewer'
      ? []
      : samples.map(({ name, verb }) => command('Samples', verb, () => post(`${inbox_path}?/sample`, { sample: name })))),
    command('You', 'Keys and how to switch them off', () => opener.toggle('help'), ['?']),
    command('You', 'Sign out', () => post(sign_out_path, {})),
  ];
}

/** What changes nothing, and what needs a list. */
const reading = new Set(['j', 'k']);
const of_a_list = new Set(['j', 'k', 'x']);

function onTheCard(person: Person, desk: Desk | null): Command[] {
  const card = desk?.shown.find(({ id }) => id === desk.current);
  if (desk === null || card === undefined) return [];
  return card_keys
    .filter(({ key }) => !desk.alone || !of_a_list.has(key))
    .filter(({ key }) => reading.has(key) || key === 'z' || (person.role !== 'viewer' && card.status === 'pending'))
    .map(({ key, name, run }) => command(card.title, name, () => run(desk), [key]));
}

function command(group: string, name: string, run: () => void, keys: string[] = []): Command {
  return { id: `${group}/${name}`, group, name, keys, run };
}

/** Presses a form that stands on no page. */
function post(action: string, fields: Record<string, string>): void {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = action;
  for (const [name, value] of Object.entries(fields))
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
  document.body.append(form);
  form.submit();
}

/** The commands whose words all begin something in theirs, in their order. */
export function matching(commands: Command[], words: string): Command[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return commands;
  return commands.filter(({ group, name }) => {
    const said = ` ${group} ${name}`.toLowerCase();
    return wanted.every((word) => said.includes(` ${word}`) || (word.length > 2 && said.includes(word)));
  });
}

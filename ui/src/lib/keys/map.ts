/** Every key there is: what it does, and how it is written in the list of keys. */
import { goto } from '$app/navigation';

import type { Desk } from '#lib/desk.svelte.ts';
import { events_path, inbox_path, settings_path } from '#lib/paths.ts';

export interface CardKey {
  key: string;
  name: string;
  run(desk: Desk): void;
}

const onCurrent =
  (act: (desk: Desk, id: string) => void): CardKey['run'] =>
  (desk) => {
    if (desk.current !== null) act(desk, desk.current);
  };

/** On the card that is in front, without a focus on it. */
export const card_keys: CardKey[] = [
  { key: 'j', name: 'Next card', run: (desk) => desk.move(1) },
  { key: 'k', name: 'Previous card', run: (desk) => desk.move(-1) },
  { key: 'a', name: 'Approve', run: onCurrent((desk, id) => desk.approve(id)) },
  { key: 'e', name: 'Edit', run: onCurrent((desk, id) => desk.edit(id)) },
  { key: 'r', name: 'Reject', run: onCurrent((desk, id) => desk.reject(id)) },
  { key: 'h', name: 'Snooze', run: onCurrent((desk, id) => desk.snooze(id)) },
  { key: 'z', name: 'Undo', run: (desk) => desk.undo() },
  { key: 'x', name: 'Select', run: onCurrent((desk, id) => desk.toggle(id)) },
];

export interface PlaceKey {
  keys: string;
  name: string;
  go(): void;
}

export const place_keys: PlaceKey[] = [
  { keys: 'g i', name: 'Go to the inbox', go: () => void goto(inbox_path) },
  { keys: 'g h', name: 'Go to the history', go: () => void goto(`${inbox_path}?status=decided`) },
  { keys: 'g e', name: 'Go to the events', go: () => void goto(events_path) },
  { keys: 'g s', name: 'Go to the settings', go: () => void goto(settings_path) },
];

/** Where a letter is a letter. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('input:not([type=radio], [type=checkbox]), textarea, select');
}

import type { Attachment } from 'svelte/attachments';

/** `h` opens the snooze menu of the card that has the focus. A single key works only there: nobody's dictation may put cards off. */
export const snoozeKey: Attachment<HTMLElement> = (card) => {
  const onkeydown = (event: KeyboardEvent) => {
    if (event.key !== 'h' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const menu = card.querySelector<HTMLDetailsElement>('details[data-snooze]');
    if (menu === null) return;
    event.preventDefault();
    menu.open = true;
    menu.querySelector('button')?.focus();
  };
  card.addEventListener('keydown', onkeydown);
  return () => card.removeEventListener('keydown', onkeydown);
};

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type=radio]), textarea, select');
}

import type { Attachment } from 'svelte/attachments';

import { opener } from '#lib/keys/opener.svelte.ts';

/** The browser's own dialog: it holds the focus, closes on Escape and gives the focus back. A press beside it closes it, too. */
export const modal: Attachment<HTMLDialogElement> = (dialog) => {
  const before = document.activeElement;
  const onclose = () => opener.close();
  const onclick = (event: MouseEvent) => {
    if (event.target === dialog) dialog.close();
  };
  dialog.addEventListener('close', onclose);
  dialog.addEventListener('click', onclick);
  dialog.showModal();
  return () => {
    dialog.removeEventListener('close', onclose);
    dialog.removeEventListener('click', onclick);
    if (dialog.open) dialog.close();
    if (before instanceof HTMLElement && document.activeElement === document.body) before.focus({ preventScroll: true });
  };
};

import type { Attachment } from 'svelte/attachments';

/** Makes an open `<details>` close as a menu does: on Escape, on a click outside, and on leaving it by Tab. */
export const dismissable: Attachment<HTMLDetailsElement> = (details) => {
  const close = (refocus: boolean) => {
    if (!details.open) return;
    details.open = false;
    if (refocus) details.querySelector('summary')?.focus();
  };
  const onkeydown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close(true);
  };
  const onpointerdown = (event: PointerEvent) => {
    if (event.target instanceof Node && !details.contains(event.target)) close(false);
  };
  const onfocusout = (event: FocusEvent) => {
    const to = event.relatedTarget;
    // A press on the menu's own text gives the focus to what is around the menu; that is not leaving it.
    if (to instanceof Node && !details.contains(to) && !to.contains(details)) close(false);
  };
  details.addEventListener('keydown', onkeydown);
  details.addEventListener('focusout', onfocusout);
  document.addEventListener('pointerdown', onpointerdown);
  return () => {
    details.removeEventListener('keydown', onkeydown);
    details.removeEventListener('focusout', onfocusout);
    document.removeEventListener('pointerdown', onpointerdown);
  };
};

/** Whether letters alone do something, on this device (WCAG 2.1.4): who dictates, or shares a keyboard with a cat, switches them off. */
import { browser } from '$app/env';

const stored_as = 'execops:single-keys';

class SingleKeys {
  on = $state(!browser || localStorage.getItem(stored_as) !== 'off');

  switch(on: boolean): void {
    this.on = on;
    localStorage.setItem(stored_as, on ? 'on' : 'off');
  }
}

export const single_keys = new SingleKeys();

/** Which of the two is open: the palette of commands or the list of keys. */
class Opener {
  open = $state<'palette' | 'help' | null>(null);

  toggle(which: 'palette' | 'help'): void {
    this.open = this.open === which ? null : which;
  }
  close(): void {
    this.open = null;
  }
}

export const opener = new Opener();

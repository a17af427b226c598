import type { InboxCounts } from '#domain/inbox.ts';
import { pending_path } from '#lib/paths.ts';

const none: InboxCounts = { pending: 0, critical: 0, snoozed: 0, failed: 0, unknown: 0, blocked: 0 };

/** How much waits: for titles, the badge and the app's icon. It follows a change at once, before any list is loaded again. */
class Counts {
  #now = $state.raw<InboxCounts | null>(null);

  /** Until the page is alive, what the server rendered. */
  over(loaded: InboxCounts): InboxCounts {
    return this.#now ?? loaded;
  }

  set(now: InboxCounts): void {
    this.#now = now;
    void showBadge(now.pending);
  }

  /** False when the server cannot be asked. */
  async read(): Promise<boolean> {
    const answer = await fetch(pending_path).catch(() => null);
    // The session has ended: whoever loads the page's data now is led to the sign-in page.
    if (answer?.status === 401 || answer?.redirected === true) return true;
    if (answer?.ok !== true) return false;
    const told: Partial<InboxCounts> = await answer.json();
    this.set({ ...none, ...told });
    return true;
  }
}

export const counts = new Counts();

/** On the icon of the installed app; a browser that has no such badge shows the title only. */
async function showBadge(pending: number): Promise<void> {
  if (!('setAppBadge' in navigator)) return;
  try {
    await (pending > 0 ? navigator.setAppBadge(pending) : navigator.clearAppBadge());
  } catch (error) {
    // Refused where the page is not installed.
    if (!(error instanceof DOMException)) throw error;
  }
}

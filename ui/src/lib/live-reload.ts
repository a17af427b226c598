import { invalidate } from '$app/navigation';

import { debounced } from '#lib/debounce.ts';
import { live_data } from '#lib/live-data.ts';
import { live } from '#lib/live.svelte.ts';
import { pending_path } from '#lib/paths.ts';

const quiet_ms = 150;
const most_ms = 1_000;
const again_ms = 3_000;

/** Loads the page's data again after each change that concerns it. Returns what ends it. */
export function liveReload(concerns: (proposal_id: string | null) => boolean = () => true): () => void {
  let retry: ReturnType<typeof setTimeout> | undefined;
  const reload = debounced(
    () => {
      clearTimeout(retry);
      void reloaded().then((done) => {
        if (!done) retry = setTimeout(reload, again_ms);
      });
    },
    quiet_ms,
    most_ms,
  );
  const unsubscribe = live.onchange((id) => {
    if (id === null || concerns(id)) reload();
  });
  return () => {
    clearTimeout(retry);
    unsubscribe();
  };
}

/** A load that fails turns the page into an error page. One that is being read must not: so the server is asked first whether it can answer. */
async function reloaded(): Promise<boolean> {
  const answer = await fetch(pending_path).catch(() => null);
  if (answer?.ok !== true) return false;
  await invalidate(live_data);
  return true;
}

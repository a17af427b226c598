import { invalidate } from '$app/navigation';

import { counts } from '#lib/counts.svelte.ts';
import { debounced } from '#lib/debounce.ts';
import { live_data } from '#lib/live-data.ts';
import { live } from '#lib/live.svelte.ts';
import { patiently } from '#lib/patient-loads.ts';

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
        // While the stream is lost, its return tells us to look again.
        if (!done && !live.lost) retry = setTimeout(reload, again_ms);
      });
    },
    quiet_ms,
    most_ms,
  );
  const stops = [
    live.onchange((id) => {
      if (id === null || concerns(id)) reload();
    }),
    // Whoever loads the page's data after their session has ended is led to the sign-in page.
    live.onrefused(reload),
  ];
  return () => {
    clearTimeout(retry);
    stops.forEach((stop) => stop());
  };
}

/** The server is asked first whether it can answer; what breaks after that waits for the connection. */
async function reloaded(): Promise<boolean> {
  if (!(await counts.read())) return false;
  await patiently(() => invalidate(live_data), live.connected);
  return true;
}

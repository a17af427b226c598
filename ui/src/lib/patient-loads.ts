/** What a load answers while the server is starting again behind its proxy. */
const starting_again = new Set([502, 503, 504]);
const again_ms = 3_000;

let reloading = 0;
let patched = false;

/**
 * Runs a reload of the page's data whose requests wait for the connection where they would fail: a load that fails turns the page into
 * an error page, and what somebody was typing goes with it. SvelteKit takes `window.fetch` as it is at each load, so that it can be wrapped.
 */
export async function patiently(reload: () => Promise<void>, connected: () => Promise<void>): Promise<void> {
  if (!patched) patchFetch(connected);
  reloading += 1;
  try {
    await reload();
  } finally {
    reloading -= 1;
  }
}

function patchFetch(connected: () => Promise<void>): void {
  patched = true;
  const fetched = window.fetch;
  window.fetch = async (input, init) => {
    for (;;) {
      try {
        const answer = await fetched(input, init);
        if (!starting_again.has(answer.status) || !mayWait(input)) return answer;
        await new Promise((resolve) => setTimeout(resolve, again_ms));
      } catch (error) {
        if (!mayWait(input)) throw error;
        await connected();
      }
    }
  };
}

/** A reload's own request; a navigation is somebody's click, who should see that it failed. */
function mayWait(input: RequestInfo | URL): boolean {
  return reloading > 0 && typeof input === 'string' && input.includes('/__data.json');
}

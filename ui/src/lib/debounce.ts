/** Calls `work` once after calls have paused for `quiet_ms`, and at the latest `most_ms` after the first. */
export function debounced(work: () => void, quiet_ms: number, most_ms: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let first_ms = 0;
  return () => {
    const now = Date.now();
    if (timer === undefined) first_ms = now;
    clearTimeout(timer);
    const wait_ms = Math.max(0, Math.min(quiet_ms, first_ms + most_ms - now));
    timer = setTimeout(() => {
      timer = undefined;
      work();
    }, wait_ms);
  };
}

/** The limits of the HTTP doors, each named with its unit. */
export const body_bytes_max = 1024 * 1024;
/** Deeper JSON is nobody's honest payload, and would overflow a recursive reader. */
export const json_depth_max = 200;

/** For each signed-in person or key. */
export const requests_max = 2_000;
export const requests_window_seconds = 10;

/** For each address together with the account it tries. */
export const sign_in_failures_max = 10;
/** For each address, whatever accounts it tries. */
export const address_failures_max = 100;
/** Short: it stops guessing, and a founder who mistyped on a phone is let in again soon. */
export const sign_in_window_seconds = 60;

export const propose_wait_ms = 2_000;
export const ready_check_ms = 2_000;

export const stream_heartbeat_ms = 15_000;
export const stream_catch_up_rows = 500;
export const streams_per_person_max = 50;
/** A browser that does not read is cut off, rather than its events piling up here. */
export const stream_backlog_bytes_max = 1024 * 1024;

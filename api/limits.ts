/** The limits of the HTTP doors, each named with its unit. */
export const body_bytes_max = 1024 * 1024;
/** Deeper JSON is nobody's honest payload, and would overflow a recursive reader. */
export const json_depth_max = 200;

/** For each signed-in person or key, over all replicas. */
export const requests_max = 2_000;
export const requests_window_seconds = 10;
/** So many calls are counted here before they are told to the other replicas: most people never make as many in a window. */
export const requests_batch = 50;

/** Failures for each address together with the account it tries. */
export const sign_in_failures_max = 10;
/** For each address, whatever accounts it tries. */
export const address_failures_max = 100;
/** Short: it stops guessing, and a founder who mistyped on a phone is let in again soon. */
export const sign_in_window_seconds = 60;
/** For each account from anywhere; a network that the account was signed in from is let through, so that no stranger locks anybody out. */
export const account_failures_max = 100;
export const account_window_seconds = 15 * 60;
/** So many of one network's failures count against the account as a whole: nobody alone keeps its owner out elsewhere. */
export const account_failures_of_one_network_max = 20;
export const known_network_days = 180;

/** Wrong tokens and codes from each address. */
export const guesses_max = 30;
export const guesses_window_seconds = 60;

/** Invitations that an organisation mails. */
export const invitations_max = 100;
export const invitations_window_seconds = 60 * 60;

/** A session ends after this time, however often it is used. */
export const session_days = 30;
export const user_agent_chars_max = 400;

export const propose_wait_ms = 2_000;
export const ready_check_ms = 2_000;

export const stream_heartbeat_ms = 15_000;
export const stream_catch_up_rows = 500;
/** Then the browser comes again by itself and is asked who it is: a session ends by time too. */
export const stream_ms_max = 60 * 60 * 1000;
export const streams_per_person_max = 50;
/** A browser that does not read is cut off, rather than its events piling up here. */
export const stream_backlog_bytes_max = 1024 * 1024;

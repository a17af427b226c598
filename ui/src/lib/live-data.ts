/** What depends on it is loaded again when the stream reports a change. */
export const live_data = 'execops:live';

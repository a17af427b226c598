export { handleEvent } from './handle-event.ts';
export { replayEvent } from './replay-event.ts';

export { handleEvent } from './handle-event.ts';

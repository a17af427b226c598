import { stream_path } from '#lib/paths.ts';

const reopen_ms = 3_000;
/** A stream that reopens at once is not worth a word. */
const patience_ms = 2_000;

type Listener = (proposal_id: string | null) => void;

/** The server's stream of changes. The browser resumes it by itself with `Last-Event-ID`. */
class Live {
  state = $state<'connecting' | 'live' | 'lost'>('connecting');
  readonly #listeners = new Set<Listener>();
  readonly #refused = new Set<() => void>();

  get lost(): boolean {
    return this.state === 'lost';
  }

  /** Calls `listener` for each change, and with null when changes may have been missed; returns what ends it. */
  onchange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `listener` when the server answers with something else than a stream, such as that the session has ended; returns what ends it. */
  onrefused(listener: () => void): () => void {
    this.#refused.add(listener);
    return () => this.#refused.delete(listener);
  }

  /** Resolves when the stream opens again. */
  readonly connected = (): Promise<void> =>
    new Promise((resolve) => {
      const stop = this.onchange((id) => {
        if (id !== null) return;
        stop();
        resolve();
      });
    });

  /** Opens the stream; returns what closes it. */
  open(): () => void {
    let source: EventSource;
    let reopen: ReturnType<typeof setTimeout> | undefined;
    let losing: ReturnType<typeof setTimeout> | undefined;
    const connect = () => {
      source = new EventSource(stream_path);
      source.onopen = () => {
        clearTimeout(losing);
        losing = undefined;
        this.state = 'live';
        this.#tell(null);
      };
      source.onerror = () => {
        losing ??= setTimeout(() => (this.state = 'lost'), patience_ms);
        // The browser gives up when the answer is no stream, such as a proxy's error page.
        if (source.readyState !== EventSource.CLOSED) return;
        reopen = setTimeout(connect, reopen_ms);
        for (const listener of this.#refused) listener();
      };
      source.addEventListener('proposal', (event) => this.#tell(proposalIdOf(event.data)));
    };
    /** The device knows before the stream does: nothing reaches the server now. */
    const offline = () => {
      clearTimeout(losing);
      losing = undefined;
      this.state = 'lost';
    };
    const online = () => {
      clearTimeout(reopen);
      source.close();
      connect();
    };
    connect();
    if (!navigator.onLine) offline();
    window.addEventListener('offline', offline);
    window.addEventListener('online', online);
    return () => {
      window.removeEventListener('offline', offline);
      window.removeEventListener('online', online);
      clearTimeout(reopen);
      clearTimeout(losing);
      source.close();
    };
  }

  #tell(proposal_id: string | null): void {
    for (const listener of this.#listeners) listener(proposal_id);
  }
}

export const live = new Live();

function proposalIdOf(data: unknown): string | null {
  try {
    const message: unknown = typeof data === 'string' ? JSON.parse(data) : null;
    if (message === null || typeof message !== 'object') return null;
    if ('proposal_id' in message && typeof message.proposal_id === 'string') return message.proposal_id;
    return 'id' in message && typeof message.id === 'string' ? message.id : null;
  } catch {
    return null;
  }
}

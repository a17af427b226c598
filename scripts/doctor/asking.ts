/** HTTP as the doctor asks it: one time limit, no redirect followed, and each answer's clock noted. */
export interface Answer {
  status: number;
  headers: Headers;
  json: unknown;
}

export interface Asker {
  ask(url: string, init?: RequestInit): Promise<Answer>;
  /** How far each asked host's clock is ahead of ours, in milliseconds. */
  readonly skews: Map<string, number>;
}

const ask_ms_max = 8_000;

export function createAsker(): Asker {
  const skews = new Map<string, number>();
  return {
    skews,
    async ask(url, init = {}) {
      const began_ms = Date.now();
      const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(ask_ms_max) });
      const at = Date.parse(response.headers.get('date') ?? '');
      // The header has whole seconds, and was written somewhere between asking and now.
      if (!Number.isNaN(at)) skews.set(new URL(url).host, at + 500 - (began_ms + Date.now()) / 2);
      const text = await response.text();
      return { status: response.status, headers: response.headers, json: jsonOf(text) };
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

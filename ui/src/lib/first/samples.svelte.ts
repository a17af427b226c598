/** The four samples, and what became of those that this tab sent. */
import { SvelteMap } from 'svelte/reactivity';
import type { SubmitFunction } from '$app/forms';
import { invalidate } from '$app/navigation';

import type { SampleName, Surroundings } from '#domain/app.ts';
import { live_data } from '#lib/live-data.ts';
import { live } from '#lib/live.svelte.ts';
import { base_path } from '#lib/paths.ts';

export interface SampleWords {
  name: SampleName;
  title: string;
  /** Of its button, for who hears it alone. */
  verb: string;
  makes: string;
  /** What has to be connected for a card; any of them will do. */
  needs: string[];
}

export const samples: SampleWords[] = [
  {
    name: 'failed_payment',
    title: 'A large customer’s payment fails',
    verb: 'Send a sample failed payment',
    makes: 'Stripe tells it. The draft is a mail with the invoice link.',
    needs: [],
  },
  {
    name: 'angry_vip',
    title: 'A VIP is about to leave',
    verb: 'Send a sample angry VIP',
    makes: 'Intercom tells it. The draft is an apology.',
    needs: [],
  },
  {
    name: 'quiet_engineer',
    title: 'An engineer goes quiet',
    verb: 'Send a sample quiet engineer',
    makes: 'GitHub tells it. The draft is an invitation to a 1:1.',
    needs: [],
  },
  {
    name: 'bad_release',
    title: 'A release breaks production',
    verb: 'Send a sample bad release',
    makes: 'Sentry tells it. The draft is a rollback, or a message to who shipped it.',
    needs: ['GitHub', 'Slack'],
  },
];

/** What would have to be connected before this sample can end in a card; empty when it can. */
export function missingFor({ needs }: SampleWords, { connections }: Surroundings): string[] {
  return needs.some((need) => connections.some(({ name, connected }) => name === need && connected)) ? [] : needs;
}

export type Sent =
  | { state: 'sending' | 'drafting' | 'card' }
  | { state: 'nothing'; reason: string; event_id: string }
  | { state: 'late'; event_id: string }
  | { state: 'refused'; reason: string };

const asks_max = 15;

/** Both the guide and the palette send samples, and each shows what came of them. */
class SentSamples {
  readonly #sent = new SvelteMap<SampleName, Sent>();

  of(name: SampleName): Sent | undefined {
    return this.#sent.get(name);
  }

  isBusy(name: SampleName): boolean {
    const state = this.of(name)?.state;
    return state === 'sending' || state === 'drafting';
  }

  /** For `use:enhance` of a sample's form. */
  submit(name: SampleName): SubmitFunction<{ sample_event_id?: string }, { sample_refused?: string }> {
    return ({ cancel }) => {
      if (this.isBusy(name)) return cancel();
      this.#sent.set(name, { state: 'sending' });
      return async ({ result }) => {
        if (result.type === 'success' && result.data?.sample_event_id !== undefined) await this.#follow(name, result.data.sample_event_id);
        else if (result.type === 'failure') this.#refuse(name, result.data?.sample_refused ?? 'It was not sent.');
        else this.#refuse(name, 'It was not sent: the server did not answer. Try again.');
      };
    };
  }

  #refuse(name: SampleName, reason: string): void {
    this.#sent.set(name, { state: 'refused', reason });
  }

  /** Waits for what its procedure makes of it. The card itself comes by the stream. */
  async #follow(name: SampleName, event_id: string): Promise<void> {
    this.#sent.set(name, { state: 'drafting' });
    for (let asked = 0; asked < asks_max; asked += 1) {
      const outcome = await outcomeOf(event_id);
      if (outcome === 'drafting') continue;
      if (outcome === null) break;
      this.#sent.set(name, outcome.cards > 0 ? { state: 'card' } : { state: 'nothing', reason: outcome.reason, event_id });
      if (outcome.cards > 0 && live.state !== 'live') await invalidate(live_data);
      return;
    }
    this.#sent.set(name, { state: 'late', event_id });
  }
}

export const sent_samples = new SentSamples();

/** The server holds the answer back for a moment while it drafts; null when it cannot be asked. */
async function outcomeOf(event_id: string): Promise<{ cards: number; reason: string } | 'drafting' | null> {
  const answer = await fetch(`${base_path}/ai/propose`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ event_id }),
  }).catch(() => null);
  if (answer?.ok !== true) return null;
  if (answer.status === 202) return 'drafting';
  const { proposals, reason }: { proposals: unknown[]; reason?: string } = await answer.json();
  return { cards: proposals.length, reason: reason ?? '' };
}

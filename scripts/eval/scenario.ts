/** A labelled case of one procedure: what was known, what arrived, and what has to be proposed. */
import type { IngestSource } from '../../domain/event.ts';
import type { Urgency, Vertical } from '../../domain/proposal.ts';
import type { Json } from '../../domain/text.ts';

export interface Scenario {
  /** A fact: what should happen, and why. */
  name: string;
  /** The moment that everything below is relative to: `ago` and `ahead` count from it, and the rules judge by it. */
  build(at: Moment): Course;
}

export interface Moment {
  now: Date;
  ago(duration: { days?: number; hours?: number; minutes?: number; seconds?: number }): Date;
  ahead(duration: { days?: number; hours?: number; minutes?: number; seconds?: number }): Date;
}

export interface Course {
  /** Body of `POST /api/context`, told before the first event. */
  context?: { [key: string]: Json };
  /** Variables that switch providers on, such as SLACK_BOT_TOKEN; stand-ins answer for them. */
  connected?: ('slack' | 'github' | 'intercom' | 'hubspot' | 'stripe')[];
  /** Connected, and not answering. */
  unreadable?: 'github'[];
  /** Delivered in this order through the providers' own parsers. Every one is drafted before the next is delivered. */
  deliveries: { source: IngestSource; payload: Json; headers?: Record<string, string>; received_at?: Date }[];
  /** Every proposal that is open after the last delivery, in any order. Empty: there must be none. */
  expect: { vertical: Vertical; action_type: string; operation?: string; urgency: Urgency; subject?: string; to?: string }[];
  /** Part of the stored reason of the last event, when nothing is expected. */
  reason?: RegExp;
}

/** Facts of one engineer at risk, for tests of what is made from them. Friday, 2026-11-20, noon. */
import type { TeamPulseFacts } from './rules.ts';
import type { Engineer, Told } from './signs.ts';

export const now = new Date('2026-11-20T12:00:00.000Z');

export function sampleTold(more: Partial<Told> = {}): Told {
  return {
    as_of: '2026-11-20T11:00:00.000Z',
    commits_previous: 20,
    commits_last: 4,
    pto_days: 5,
    pto_days_baseline: 1,
    sentiment: -0.6,
    ...more,
  };
}

export function sampleEngineer(more: Partial<Engineer> = {}): Engineer {
  return {
    login: 'Ana-Dev',
    name: 'Ana Dev',
    email: 'ana.dev@example.com',
    bot: false,
    departed_at: null,
    told: sampleTold(),
    counted: { previous: 0, last: 0, last_since_told: 0, mood: { low: 0, high: 0, messages: 0 } },
    ...more,
  };
}

export function sampleFacts(more: Partial<TeamPulseFacts> = {}): TeamPulseFacts {
  return {
    org_id: '0197a000-0000-7000-8000-00000000000a',
    event_id: '0197a000-0000-7000-8000-000000000001',
    event_at: now.toISOString(),
    reported: false,
    organisation: 'acme',
    somebody_is_away: true,
    authors: ['ana-dev'],
    until: now.toISOString(),
    engineers: [sampleEngineer()],
    holidays: [],
    founder: { email: 'founder@example.com', from: 'context' },
    ...more,
  };
}

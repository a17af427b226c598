/** Release: errors in production after a deployment become a rollback, and a request for a post-mortem to who shipped it. */
import type { Sop } from '../../../domain/sop.ts';
import { settling_types, trigger_types } from '../../../providers/sentry/inbound.ts';
import { gatherRelease, type FactsDeps } from './facts.ts';
import type { ReleaseFacts } from './facts-shape.ts';
import { cardsEndedBy, lockOf, readIncident } from './incident.ts';
import { assessRelease, release_settings, type ReleaseSettings } from './rules.ts';
import { releaseWording } from './wording.ts';

const release_version = 'release-1';

export function createRelease(deps: Omit<FactsDeps, 'service_map'>, settings: ReleaseSettings = release_settings): Sop<ReleaseFacts> {
  const { service_map } = settings;
  const isSettling = ({ source, type }: { source: string; type: string }) => source === 'sentry' && settling_types.includes(type);
  return {
    vertical: 'release',
    version: release_version,
    asks_provider: deps.github !== null,
    triggeredBy: ({ source, type }) => (source === 'sentry' || source === 'manual') && trigger_types.includes(type),
    settles: 'until_next',
    settledBy: isSettling,
    async subjectsOf(event) {
      const incident = await readIncident(deps.db, event, service_map);
      const cards = isSettling(event) ? await cardsEndedBy(deps.db, event, incident) : [incident.subject];
      return [...cards, lockOf(incident)];
    },
    gather: (event, options) => gatherRelease({ ...deps, service_map }, event, options),
    assess: (facts, now) => assessRelease(facts, now, settings),
    wording: releaseWording,
  };
}

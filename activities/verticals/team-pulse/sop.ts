/** Team Pulse: an engineer whose commits fell, who is away more than usual and sounds low becomes an invitation to a 1:1. */
import type { Sop } from '../../../domain/sop.ts';
import { gatherTeamPulse, type FactsDeps } from './facts.ts';
import { assessTeamPulse, type TeamPulseFacts } from './rules.ts';
import { team_pulse_settings, type TeamPulseSettings } from './signs.ts';
import { pulseWording } from './wording.ts';

const team_pulse_version = 'team-pulse-1';

export function createTeamPulse(deps: FactsDeps, settings: TeamPulseSettings = team_pulse_settings): Sop<TeamPulseFacts> {
  return {
    vertical: 'team_pulse',
    version: team_pulse_version,
    asks_provider: false,
    triggeredBy: ({ source, type }) => (source === 'github' || source === 'manual') && type === 'push',
    settles: 'for_good',
    // Nothing that GitHub sends ends what a talk is for.
    settledBy: () => false,
    // Each draft names its own engineer; the event itself is about a repository.
    subjectsOf: async (event) => (event.subject === null ? [] : [event.subject]),
    gather: (event) => gatherTeamPulse(deps, event, settings),
    assess: (facts, now) => assessTeamPulse(facts, now, settings),
    wording: pulseWording,
  };
}

/** Sources whose signals are acted on only when an organisation asks for it. */
import type { Settings } from './setting-registry.ts';

export type Features = Pick<Settings, 'features.github' | 'features.sentry'>;

const features: { [source: string]: { key: keyof Features; name: string; variable: string } } = {
  github: { key: 'features.github', name: 'GitHub', variable: 'FEATURE_GITHUB' },
  sentry: { key: 'features.sentry', name: 'Sentry', variable: 'FEATURE_SENTRY' },
};

/** Why this source's signals are stored and not acted on; null when they are. */
export function reasonSwitchedOff(source: string, settings: Features): string | null {
  const feature = Object.hasOwn(features, source) ? features[source] : undefined;
  if (feature === undefined || settings[feature.key]) return null;
  return `${feature.name} is switched off: switch it on in the settings, or set ${feature.variable}=1`;
}

/** The sources that are switched off, by name. */
export function switchedOffSources(settings: Features): string[] {
  return Object.values(features).flatMap(({ key, name }) => (settings[key] ? [] : [name]));
}

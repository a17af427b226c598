/** A deployment that succeeded, and the errors in production ten minutes after it, as GitHub and Sentry would send them. */
import { createHmac, randomBytes } from 'node:crypto';

import { deploymentOf, pushOf } from './github.ts';
import type { Sample, SampleDelivery } from './sender.ts';

const minute_ms = 60_000;

export const bad_release: Sample = (now, person) => {
  // A service of its own each time: errors of one that has its card already would only join it.
  const service = `sample-shop-${randomBytes(3).toString('hex')}`;
  const ago = (minutes: number) => new Date(now.getTime() - minutes * minute_ms);
  const commit = {
    repository: service,
    sha: randomBytes(20).toString('hex'),
    message: 'Round the total once',
    // Whoever tries the sample is the developer in it: where Slack is connected, nobody else is written to.
    author: { login: 'sample-developer', name: person.name || 'Sample Developer', email: person.email },
  };
  return {
    context: { metrics: [{ service, error_rate: 0.064, error_rate_baseline: 0.004 }] },
    deliveries: [pushOf({ ...commit, at: ago(25) }), deploymentOf({ ...commit, at: ago(12) }), issueOf(service, ago(2))],
  };
};

function issueOf(project: string, at: Date): SampleDelivery {
  const id = String(at.getTime());
  const seen = at.toISOString().replace('Z', '000Z');
  return {
    source: 'sentry',
    body: {
      action: 'created',
      actor: { id: 'sentry', name: 'Sentry', type: 'application' },
      installation: { uuid: '00000000-0000-4000-8000-000000000000' },
      data: {
        issue: {
          id,
          shortId: `SAMPLE-${id.slice(-4)}`,
          title: 'TypeError: the total is not a number',
          culprit: 'checkout/total',
          level: 'error',
          status: 'unresolved',
          substatus: 'new',
          issueCategory: 'error',
          count: '214',
          userCount: 96,
          firstSeen: seen,
          lastSeen: seen,
          project: { id: '1', name: project, slug: project, platform: 'node' },
        },
      },
    },
    sign: (body, secret, now) => ({
      'sentry-hook-resource': 'issue',
      'sentry-hook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'sentry-hook-signature': createHmac('sha256', secret).update(body).digest('hex'),
    }),
  };
}

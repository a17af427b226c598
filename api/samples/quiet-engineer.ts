/** An engineer who pushes once after two quiet weeks with days off and a low mood, as GitHub and an owner would tell it. */
import { randomBytes } from 'node:crypto';

import { pushOf } from './github.ts';
import type { Sample } from './sender.ts';

const day_ms = 86_400_000;

export const quiet_engineer: Sample = (now) => {
  const id = randomBytes(4).toString('hex');
  const engineer = { login: `sample-engineer-${id}`, name: 'Sam Rivers', email: `sam.${id}@example.com` };
  return {
    context: {
      team: [
        {
          github_login: engineer.login,
          name: engineer.name,
          commits_previous_14d: 31,
          commits_last_14d: 6,
          pto_days_last_14d: 5,
          pto_days_baseline_14d: 1,
          sentiment: -0.6,
          // The next day's real pushes must not find anybody made up in the team.
          departed_at: new Date(now.getTime() + day_ms).toISOString(),
        },
      ],
    },
    deliveries: [
      pushOf({
        repository: 'sample-app',
        sha: randomBytes(20).toString('hex'),
        at: new Date(now.getTime() - 60_000),
        author: engineer,
        message: 'Try the export once more',
      }),
    ],
  };
};

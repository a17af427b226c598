/** The product below a path of its own, such as `/ops`, where other things live on the same host. */
import express, { type Express } from 'express';

import { Problem } from '../domain/problem.ts';
import type { Door } from './identity.ts';
import type { Logger } from './log.ts';
import { handleErrors } from './problems.ts';
import { mountRoutes, type Route } from './route.ts';

export interface BelowDeps {
  base_path: string;
  site: Express;
  /** Asked past the proxy, by whatever watches the process, which need not know the path: they answer in both places. */
  probes: readonly Route[];
  door: Door;
  logger: Logger;
}

export function below({ base_path, site, probes, door, logger }: BelowDeps): Express {
  if (base_path === '') return site;
  const root = express();
  root.disable('x-powered-by');
  root.disable('etag');
  root.enable('case sensitive routing');
  root.use(base_path, site);
  mountRoutes(root, probes, door);
  root.use(() => {
    throw new Problem('not_found', `Everything is served below ${base_path}. A proxy in front has to leave the path as it is.`);
  });
  root.use(handleErrors(logger));
  return root;
}

/** HubSpot's CRM API. */
import { z } from 'zod';

import { createJsonApi, type JsonApi } from '../json-api.ts';

const hubspot_api = 'https://api.hubapi.com';

export interface HubspotSettings {
  token: string;
  /** A stand-in's address; HubSpot's own when absent. */
  api_url?: string;
  ms_max?: number;
}

export function createHubspotClient({ token, api_url = hubspot_api, ms_max }: HubspotSettings): JsonApi {
  return createJsonApi({
    name: 'HubSpot',
    base_url: api_url,
    headers: { authorization: `Bearer ${token}` },
    codeOf: (body) => problem.safeParse(body).data?.category ?? null,
    ms_max,
  });
}

const problem = z.object({ category: z.string() });

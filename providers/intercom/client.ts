/** Intercom's REST API. */
import { z } from 'zod';

import { createJsonApi, type JsonApi } from '../json-api.ts';

export const intercom_api = 'https://api.intercom.io';
/** https://developers.intercom.com/docs/build-an-integration/learn-more/rest-apis/api-changelog */
export const intercom_version = '2.14';

export interface IntercomSettings {
  token: string;
  /** A stand-in's or a region's address, such as https://api.eu.intercom.io; the United States' when absent. */
  api_url?: string;
  ms_max?: number;
}

export function createIntercomClient({ token, api_url = intercom_api, ms_max }: IntercomSettings): JsonApi {
  return createJsonApi({
    name: 'Intercom',
    base_url: api_url,
    headers: { authorization: `Bearer ${token}`, 'intercom-version': intercom_version },
    codeOf: (body) => error_list.safeParse(body).data?.errors[0]?.code ?? null,
    ms_max,
  });
}

const error_list = z.object({ errors: z.array(z.object({ code: z.string() })) });

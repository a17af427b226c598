/** A small portal that answers as HubSpot's CRM API does. */
import { startPeer, type Peer, type PeerAnswer, type PeerRequest } from './peer.ts';

export const hubspot_token = 'pat-test';

export interface TestTask {
  id: string;
  created_at: number;
  properties: { [name: string]: string };
  associations: unknown[];
}

export interface TestHubspot extends Peer {
  tasks: TestTask[];
}

export async function startHubspot(): Promise<TestHubspot> {
  const tasks: TestTask[] = [];
  const no = (status: number, category: string): PeerAnswer => ({
    status,
    body: { status: 'error', category, message: 'Somebody wrote this', correlationId: 'c1' },
  });

  function create(text: string): PeerAnswer {
    const { properties, associations } = JSON.parse(text) as Pick<TestTask, 'properties' | 'associations'>;
    if (properties.hs_timestamp === undefined) return no(400, 'VALIDATION_ERROR');
    const id = String(500 + tasks.length);
    tasks.push({ id, created_at: Date.now(), properties, associations });
    return { status: 201, body: { id, properties, createdAt: new Date().toISOString(), archived: false } };
  }

  function search(text: string): PeerAnswer {
    const body = JSON.parse(text) as { filterGroups: { filters: { value: string }[] }[]; limit: number; after?: string };
    const since = Number(body.filterGroups[0]?.filters[0]?.value);
    const found = tasks.filter(({ created_at }) => created_at >= since).sort((a, b) => b.created_at - a.created_at);
    const from = Number(body.after ?? 0);
    const page = found.slice(from, from + body.limit).map(({ id, properties }) => ({ id, properties }));
    const more = found.length > from + body.limit;
    return {
      status: 200,
      body: { total: found.length, results: page, ...(more ? { paging: { next: { after: String(from + body.limit) } } } : {}) },
    };
  }

  function answer({ method, path, headers, text }: PeerRequest): PeerAnswer {
    if (headers.authorization !== `Bearer ${hubspot_token}`) return no(401, 'INVALID_AUTHENTICATION');
    if (method === 'GET' && path === '/account-info/v3/details') return { status: 200, body: { portalId: 4242, accountType: 'STANDARD' } };
    if (method === 'POST' && path === '/crm/v3/objects/tasks') return create(text);
    if (method === 'POST' && path === '/crm/v3/objects/tasks/search') return search(text);
    return no(404, 'OBJECT_NOT_FOUND');
  }

  return Object.assign(await startPeer(answer), { tasks });
}

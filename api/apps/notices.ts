/** What a person is told and where, and which programs of their organisation are told too. */
import type { Person } from '../../domain/app.ts';
import { notice_preferences, webhook_request, type NoticesApp } from '../../domain/notices.ts';
import { Problem } from '../../domain/problem.ts';
import { inertLine } from '../../domain/text.ts';
import { uuidOf } from '../../domain/uuid.ts';
import type { Database } from '../../prisma/database.ts';
import { addDevice, listDevices, readPreferences, removeDevice, setPreferences } from '../../prisma/notice-preferences.ts';
import { addEndpoint, enableEndpoint, listEndpoints, readEndpoint, removeEndpoint, rotateSecret } from '../../prisma/webhook-endpoints.ts';
import { objectionTo, type Reach } from '../../providers/notices/post.ts';
import { sendWebhook } from '../../providers/notices/webhook.ts';
import { deviceOf } from '../device-name.ts';
import type { Logger } from '../log.ts';
import { checked } from '../problems.ts';

export interface NoticesAppDeps {
  db: Database;
  reach: Reach;
  push_key: string;
  /** Whether mails leave this machine. */
  mail_leaves: boolean;
  logger: Logger;
}

const some_preferences = notice_preferences.partial();
const device_chars_max = 80;

export function createNoticesApp({ db, reach, push_key, mail_leaves, logger }: NoticesAppDeps): NoticesApp {
  function log(person: Person, act: string, id: string): void {
    logger.info({ user_id: person.user_id, id }, act);
  }

  return {
    noticePreferences: (person) => readPreferences(db.sql, person),
    setNoticePreferences: (person, wanted) => setPreferences(db, person, checked(some_preferences, wanted)),
    noticePlaces: ({ email }) => ({ mail_to: email, mail_by: mail_leaves ? 'smtp' : 'outbox' }),
    pushKey: async () => push_key,
    pushDevices: (person) => listDevices(db.sql, person),
    async addPushDevice(person, subscription, user_agent) {
      refuseUnreachable(subscription.endpoint);
      const device = await addDevice(db, person, subscription, inertLine(deviceOf(user_agent), device_chars_max));
      log(person, 'a device was registered for push', device.id);
      return device;
    },
    async removePushDevice(person, id) {
      await removeDevice(db, person, id);
      log(person, 'a device was removed from push', id);
    },

    webhooks: async (person) => listEndpoints(db.sql, owner(person).org_id),
    async addWebhook(person, request) {
      const { url, events } = checked(webhook_request, request);
      owner(person);
      refuseUnreachable(url);
      const added = await addEndpoint(db, person, { url: new URL(url).href, events });
      log(person, 'a webhook was added', added.id);
      return added;
    },
    async removeWebhook(person, id) {
      await removeEndpoint(db, owner(person), id);
      log(person, 'a webhook was removed', id);
    },
    async testWebhook(person, id) {
      const { url, secrets } = await readEndpoint(db.sql, owner(person), id);
      const now = new Date().toISOString();
      const payload = { type: 'webhook.test', timestamp: now, data: { organisation_id: person.org_id, webhook_id: id } };
      const outcome = await sendWebhook({ id: uuidOf('webhook.test', id, now), url, secrets, payload }, reach, test_ms_max);
      const { ok, status } = outcome;
      return { ok, status, detail: outcome.ok ? `It took the test message (${outcome.status}).` : outcome.error };
    },
    async rotateWebhook(person, id) {
      const rotated = await rotateSecret(db, owner(person), id);
      log(person, "a webhook's secret was rotated", id);
      return rotated;
    },
    async enableWebhook(person, id) {
      const enabled = await enableEndpoint(db, owner(person), id);
      log(person, 'a webhook was switched on again', id);
      return enabled;
    },
  };

  function refuseUnreachable(url: string): void {
    const objection = objectionTo(url, reach);
    if (objection !== null) throw new Problem('bad_request', objection);
  }
}

/** Somebody waits for it in front of a page. */
const test_ms_max = 8_000;

function owner(person: Person): Person {
  if (person.role !== 'owner') throw new Problem('forbidden', 'Only an owner sees and changes webhooks. Ask one.');
  return person;
}

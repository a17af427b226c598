/** Notices and outgoing webhooks over HTTP. A key sets up neither: they say where word of the queue goes. */
import { z } from 'zod';

import {
  notice_preferences,
  push_device,
  push_subscription,
  webhook_request,
  webhook_secret,
  webhook_test,
  webhook_view,
  type NoticesApp,
} from '../domain/notices.ts';
import { defineRoute, type Route } from './route.ts';

export function noticeRoutes(app: NoticesApp): Route[] {
  return [...preferenceRoutes(app), ...pushRoutes(app), ...webhookRoutes(app)];
}

function preferenceRoutes(app: NoticesApp): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/notices/preferences',
      summary: 'From which urgency on you are told by mail and by push. At first of nothing.',
      access: 'session',
      responses: { 200: { description: 'As it is.', schema: notice_preferences } },
      handle: async ({ caller }) => ({ status: 200, body: await app.noticePreferences(caller.person) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/notices/preferences',
      summary: 'Change what you are told. What is left out stays as it is.',
      access: 'session',
      body: notice_preferences.partial(),
      responses: { 200: { description: 'As it is now.', schema: notice_preferences } },
      handle: async ({ caller, body }) => ({ status: 200, body: await app.setNoticePreferences(caller.person, body) }),
    }),
  ];
}

function pushRoutes(app: NoticesApp): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/push/key',
      summary: 'The public key that a browser subscribes with (VAPID, RFC 8292).',
      access: 'session',
      responses: { 200: { description: 'In base64url.', schema: z.object({ key: z.string() }) } },
      handle: async () => ({ status: 200, body: { key: await app.pushKey() } }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/push/subscriptions',
      summary: 'Your devices that are told by push.',
      access: 'session',
      responses: { 200: { description: 'Oldest first.', schema: z.object({ subscriptions: z.array(push_device) }) } },
      handle: async ({ caller }) => ({ status: 200, body: { subscriptions: await app.pushDevices(caller.person) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/push/subscriptions',
      summary: 'Have this browser told by push. The body is PushSubscription.toJSON(). The same browser again is the same device.',
      access: 'session',
      body: push_subscription,
      responses: { 201: { description: 'It is told from now on.', schema: push_device } },
      handle: async ({ caller, body, request }) => ({
        status: 201,
        body: await app.addPushDevice(caller.person, body, request.headers['user-agent'] ?? ''),
      }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/push/subscriptions/:id',
      summary: 'Have a device of yours told no longer.',
      access: 'session',
      responses: { 204: { description: 'It is told nothing more.' } },
      async handle({ caller, params }) {
        await app.removePushDevice(caller.person, params.id);
        return { status: 204 };
      },
    }),
  ];
}

function webhookRoutes(app: NoticesApp): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/webhooks',
      summary: 'Where your own programs are told of every change, for an owner.',
      access: 'session',
      responses: { 200: { description: 'Oldest first.', schema: z.object({ webhooks: z.array(webhook_view) }) } },
      handle: async ({ caller }) => ({ status: 200, body: { webhooks: await app.webhooks(caller.person) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/webhooks',
      summary: 'Add a webhook, by an owner. Its secret is shown in this answer and never again.',
      access: 'session',
      body: webhook_request,
      responses: { 201: { description: 'It is told from now on.', schema: webhook_view.extend(webhook_secret.shape) } },
      handle: async ({ caller, body }) => ({ status: 201, body: await app.addWebhook(caller.person, body) }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/webhooks/:id',
      summary: 'Remove a webhook, and with it what still waited to be delivered there.',
      access: 'session',
      responses: { 204: { description: 'Removed.' } },
      async handle({ caller, params }) {
        await app.removeWebhook(caller.person, params.id);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/webhooks/:id/test',
      summary: 'Send one test message there now.',
      access: 'session',
      responses: { 200: { description: 'What came back.', schema: webhook_test } },
      handle: async ({ caller, params }) => ({ status: 200, body: await app.testWebhook(caller.person, params.id) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/webhooks/:id/rotate',
      summary: 'Make a new secret, shown in this answer and never again. For a day, the old one signs too.',
      access: 'session',
      responses: { 200: { description: 'The new secret.', schema: webhook_secret } },
      handle: async ({ caller, params }) => ({ status: 200, body: await app.rotateWebhook(caller.person, params.id) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/webhooks/:id/enable',
      summary: 'Switch a webhook on again that was switched off for failing.',
      access: 'session',
      responses: { 200: { description: 'As it is now.', schema: webhook_view } },
      handle: async ({ caller, params }) => ({ status: 200, body: await app.enableWebhook(caller.person, params.id) }),
    }),
  ];
}

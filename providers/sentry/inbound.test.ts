import { createHmac } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ShapeError, SignatureError } from '../../domain/event.ts';
import { sha256 } from '../../domain/seal.ts';
import type { Json } from '../../domain/text.ts';
import { parseSentry, settling_types, trigger_types, verifySentry } from './inbound.ts';
import {
  sentry_secret as secret,
  sentryError,
  sentryIssue,
  sentryIssueAlert,
  sentryLegacyAlert,
  sentryMetricAlert,
  signSentry,
} from './testing.ts';

const now = new Date('2026-11-20T12:00:00.700Z');
const at = new Date('2026-11-20T11:00:00.250Z');
const before = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

function parse(payload: Json, headers: Record<string, string> = {}) {
  return parseSentry({ body: Buffer.from(JSON.stringify(payload)), headers, now }, payload);
}

describe('a signature', () => {
  const body = Buffer.from('{"action":"created"}');
  const verify = (signature: string | undefined, secrets = [secret]) =>
    verifySentry({ body, headers: { 'sentry-hook-signature': signature }, secrets });

  test('of the current or a previous secret passes, in capitals too', () => {
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    expect(() => verify(signature)).not.toThrow();
    expect(() => verify(signature.toUpperCase(), ['another', secret])).not.toThrow();
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['of an empty secret', createHmac('sha256', '').update(body).digest('hex')],
    ['of another algorithm', createHmac('sha1', secret).update(body).digest('hex')],
    ['too long', `${createHmac('sha256', secret).update(body).digest('hex')}00`],
  ])('that is %s is refused', (_what, signature) => {
    expect(() => verify(signature, [secret, '', ' '])).toThrow(SignatureError);
  });
});

describe('an issue', () => {
  test('that was created is about itself, since its event, with what Sentry counts', () => {
    const payload = sentryIssue('created', {
      id: '42',
      project: 'Shop',
      first_seen: before(30),
      last_seen: at,
      category: 'outage',
      count: 7,
      user_count: 3,
      level: 'fatal',
      environment: 'production',
      release: 'v2',
    });
    expect(parse(payload)).toEqual({
      source: 'sentry',
      type: 'issue.created',
      occurred_at: at,
      identity: sha256(JSON.stringify(payload)),
      payload,
      subject: 'sentry:issue:42',
      ignored: null,
      objects: [
        {
          kind: 'issue',
          id: '42',
          customer: 'shop',
          data: {
            id: '42',
            service: 'shop',
            status: 'unresolved',
            substatus: 'new',
            level: 'fatal',
            priority: null,
            category: 'outage',
            type: 'uptime_domain_failure',
            first_seen: before(30).toISOString(),
            last_seen: at.toISOString(),
            count: 7,
            user_count: 3,
            environment: 'production',
            release: 'v2',
            url: 'https://sentry.io/organizations/acme/issues/42/',
          },
        },
      ],
    });
  });

  test.each([
    ['resolved', 'resolved'],
    ['archived', 'ignored'],
    ['ignored', 'ignored'],
  ] as const)('that was %s has its workflow, which withdraws cards', (action, status) => {
    const parsed = parse(sentryIssue(action, { id: '42' }));
    expect(parsed).toMatchObject({ type: `issue.${action}`, ignored: null, subject: 'sentry:issue:42', objects: [{ data: { status } }] });
    expect(settling_types).toContain(parsed.type);
  });

  test('that was assigned is ignored, and its state is kept', () => {
    expect(parse(sentryIssue('assigned'))).toMatchObject({ ignored: 'no procedure lists issue.assigned', objects: [{ kind: 'issue' }] });
  });

  test('changed its state when Sentry says it sent that, after all it shows and not in the future', () => {
    const resolvedAt = (timestamp: string, last_seen = before(60)) =>
      parse(sentryIssue('resolved', { first_seen: last_seen }), { 'sentry-hook-timestamp': timestamp }).occurred_at;
    const seconds = (time: Date) => String(Math.floor(time.getTime() / 1000));
    expect(resolvedAt(seconds(before(10)))).toEqual(new Date(Math.floor(before(10).getTime() / 1000) * 1000));
    expect(resolvedAt(seconds(before(90)))).toEqual(before(60));
    expect(resolvedAt(seconds(before(-90)))).toEqual(now);
    expect(resolvedAt('yesterday')).toEqual(now);
    expect(parse(sentryIssue('unresolved', { first_seen: before(60) })).occurred_at).toEqual(now);
  });

  test('keeps the category under either name, and numbers as they come', () => {
    const overrides = { issueCategory: null, category: 'Outage', count: 12, userCount: '3', project: 'front-end', id: 42 };
    expect(parse(sentryIssue('created', { overrides })).objects).toMatchObject([
      { id: '42', customer: 'front-end', data: { category: 'outage', count: 12, user_count: 3 } },
    ]);
  });
});

describe('an issue alert', () => {
  test('is about its issue; the project is in its address, the environment in its tags', () => {
    const payload = sentryIssueAlert({ issue_id: '42', project: 'Shop', environment: 'staging', release: 'v2', level: 'warning', at });
    const parsed = parse(payload);
    expect(parsed).toMatchObject({ type: 'event_alert.triggered', ignored: null, subject: 'sentry:issue:42', occurred_at: at });
    expect(parsed.objects).toMatchObject([
      {
        kind: 'issue_event',
        id: '42',
        customer: 'shop',
        data: { environment: 'staging', release: 'v2', level: 'warning', happened_at: at.toISOString() },
      },
    ]);
  });

  test('that names no environment leaves it open', () => {
    expect(parse(sentryIssueAlert({ environment: null })).objects).toMatchObject([{ data: { environment: null } }]);
  });

  test('finds its issue in its addresses, and its tags as pairs or objects', () => {
    const overrides = {
      issue_id: null,
      issue_url: 'https://sentry.io/api/0/issues/77/',
      tags: [{ key: 'environment', value: 'production' }],
      environment: null,
    };
    const parsed = parse(sentryIssueAlert({ overrides }));
    expect(parsed).toMatchObject({ subject: 'sentry:issue:77', objects: [{ data: { environment: 'production' } }] });
    expect(parse(sentryIssueAlert({ overrides: { ...overrides, issue_url: null, web_url: null } })).subject).toBe('service:shop');
  });

  test('says nothing about its issue’s status, and brings it along when Sentry sends it', () => {
    expect(parse(sentryIssueAlert()).objects.map(({ kind }) => kind)).toEqual(['issue_event']);
    const { data } = sentryIssueAlert({ issue_id: '42' }) as { data: { [key: string]: Json } };
    const { issue } = (sentryIssue('created', { id: '42' }) as { data: { issue: Json } }).data;
    const parsed = parse({ action: 'triggered', data: { ...data, issue } });
    expect([parsed.type, parsed.objects.map(({ kind }) => kind)]).toEqual(['event_alert.triggered', ['issue', 'issue_event']]);
  });

  test('of the older webhooks plugin and of service hooks reads alike', () => {
    const plugin = parse(sentryLegacyAlert({ issue_id: '42', project: 'Shop', environment: 'production', at }));
    expect(plugin).toMatchObject({ type: 'event_alert.triggered', ignored: null, subject: 'sentry:issue:42', occurred_at: at });
    expect(plugin.objects).toMatchObject([{ kind: 'issue_event', customer: 'shop', data: { environment: 'production', level: 'error' } }]);

    const { issue } = (sentryIssue('created', { id: '42' }) as { data: { issue: Json } }).data;
    const { event } = sentryLegacyAlert({ at }) as { event: Json };
    const hook = parse({ project: { slug: 'Shop', name: 'Shop' }, group: issue, event });
    expect(hook).toMatchObject({ type: 'event_alert.triggered', subject: 'sentry:issue:42', occurred_at: at });
    expect(hook.objects.map(({ kind, customer }) => [kind, customer])).toEqual([
      ['issue', 'shop'],
      ['issue_event', 'shop'],
    ]);

    const oldest = parse({
      id: '134343',
      project: 'shop',
      message: 'This is an example',
      culprit: 'foo.bar',
      logger: 'root',
      level: 'error',
    });
    expect(oldest).toMatchObject({ type: 'event_alert.triggered', subject: 'sentry:issue:134343', occurred_at: now });
  });

  test('of a single error is one too', () => {
    expect(parse(sentryError({ issue_id: '42', at }))).toMatchObject({
      type: 'error.created',
      ignored: null,
      subject: 'sentry:issue:42',
      occurred_at: at,
    });
  });
});

describe('a metric alert', () => {
  test.each(['critical', 'warning'] as const)(
    'that is %s is about this firing of it, of its first project’s service, since it was detected',
    (action) => {
      const parsed = parse(
        sentryMetricAlert(action, {
          id: '4',
          projects: ['Shop', 'api'],
          environment: 'production',
          started_at: before(30),
          detected_at: at,
        }),
      );
      expect(parsed).toMatchObject({ type: `metric_alert.${action}`, ignored: null, subject: 'sentry:metric_alert:4', occurred_at: at });
      expect(parsed.objects).toEqual([
        {
          kind: 'metric_alert',
          id: '4',
          customer: 'shop',
          data: {
            id: '4',
            rule: '7',
            aggregate: 'failure_rate()',
            query: 'level:error',
            dataset: 'events',
            environment: 'production',
            services: ['shop', 'api'],
            started_at: before(30).toISOString(),
            detected_at: at.toISOString(),
            closed_at: null,
            status: action,
            url: 'https://sentry.io/organizations/acme/alerts/1/',
          },
        },
      ]);
    },
  );

  test('that is resolved has its workflow, and ended when it was closed', () => {
    const resolved = (closed_at: Date | null) =>
      parse(sentryMetricAlert('resolved', { started_at: before(60), closed_at }), {
        'sentry-hook-timestamp': String(before(5).getTime() / 1000),
      });
    expect(resolved(before(10))).toMatchObject({ type: 'metric_alert.resolved', ignored: null, occurred_at: before(10) });
    expect(resolved(null).occurred_at).toEqual(before(5));
    expect(settling_types).toContain('metric_alert.resolved');
  });

  test('takes its rule’s projects when it names none', () => {
    expect(parse(sentryMetricAlert('critical', { overrides: { projects: [] } })).objects).toMatchObject([{ customer: 'shop' }]);
    expect(parse(sentryMetricAlert('critical', { projects: [] })).objects).toMatchObject([{ customer: null }]);
  });
});

describe('the resource header', () => {
  test('is not needed where the body tells, and cannot make one thing another', () => {
    const headers = { 'sentry-hook-resource': 'comment' };
    for (const payload of [sentryIssue(), sentryIssueAlert(), sentryMetricAlert(), sentryError(), sentryLegacyAlert()]) {
      expect(parse(payload, headers).type).toBe(parse(payload).type);
      expect(trigger_types).toContain(parse(payload).type);
    }
  });

  test('names what the body leaves open', () => {
    const comment = { action: 'created', data: { comment_id: 1, issue_id: 42, project_slug: 'shop', comment: 'looking' } };
    expect(parse(comment, { 'sentry-hook-resource': 'comment' })).toMatchObject({
      type: 'comment.created',
      ignored: 'no procedure lists comment.created',
      subject: null,
      objects: [],
    });
    expect(() => parse(comment)).toThrow(ShapeError);
    const installation = { action: 'created', data: { installation: { uuid: 'a', status: 'installed' } } };
    expect(parse(installation)).toMatchObject({ type: 'installation.created', ignored: 'no procedure lists installation.created' });
  });
});

describe('any webhook', () => {
  test.each([[null], [[]], ['text'], [7], [{}], [{ action: 'created', data: {} }], [{ data: { issue: { id: 'x y' } } }]])(
    'of the shape %j is refused',
    (value) => {
      expect(() => parse(value as Json)).toThrow(ShapeError);
    },
  );

  test('whatever it holds never breaks the parser', () => {
    const samples = [sentryIssue(), sentryIssueAlert(), sentryMetricAlert(), sentryLegacyAlert()];
    const members = [
      'id',
      'project',
      'tags',
      'issue_id',
      'datetime',
      'lastSeen',
      'alert_rule',
      'projects',
      'date_detected',
      'event',
      'url',
      'release',
      'count',
    ];
    const withMember = (value: Json, member: string, odd: Json): Json => {
      if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, key === member ? odd : withMember(item, member, odd)]));
    };
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.constantFrom(...members), fc.jsonValue(), (sample, member, odd) => {
        const parsed = parse(withMember(sample, member, odd as Json), { 'sentry-hook-resource': 'issue' });
        expect(parsed.occurred_at.getTime()).toBeLessThanOrEqual(now.getTime());
      }),
    );
  });

  test('is signed by tests as Sentry documents it', () => {
    const body = JSON.stringify(sentryIssue());
    expect(signSentry(body, secret, { at })['sentry-hook-signature']).toBe(createHmac('sha256', secret).update(body, 'utf8').digest('hex'));
  });
});

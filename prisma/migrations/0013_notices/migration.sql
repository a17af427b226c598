-- CreateTable
-- From which urgency on a member is told, and how. Without a row nobody is told anything.
CREATE TABLE "notice_preferences" (
    "org_id" UUID NOT NULL,
    "user_id" TEXT NOT NULL,
    "mail" TEXT NOT NULL DEFAULT 'none',
    "push" TEXT NOT NULL DEFAULT 'none',
    "content_free" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "notice_preferences_pkey" PRIMARY KEY ("org_id", "user_id")
);
alter table notice_preferences
  add constraint notice_preferences_mail check (mail in ('none', 'critical', 'high', 'all')),
  add constraint notice_preferences_push check (push in ('none', 'critical', 'high', 'all'));

-- CreateTable
-- A browser that may be told while no page of ours is open. It belongs to whoever registered it last.
CREATE TABLE "push_subscriptions" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "org_id" UUID NOT NULL,
    "user_id" TEXT NOT NULL,
    "session_id" TEXT,
    "endpoint" TEXT NOT NULL,
    "p256dh" TEXT NOT NULL,
    "auth" TEXT NOT NULL,
    "device" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "push_subscriptions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
-- Up to which audit row everybody was thought of.
CREATE TABLE "notice_progress" (
    "org_id" UUID NOT NULL,
    "planned_seq" BIGINT NOT NULL,

    CONSTRAINT "notice_progress_pkey" PRIMARY KEY ("org_id")
);

-- CreateTable
-- One thing to tell one person in one place: `target` is a push subscription, and empty for mail.
CREATE TABLE "notices" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "org_id" UUID NOT NULL,
    "proposal_id" UUID NOT NULL,
    "user_id" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "target" TEXT NOT NULL DEFAULT '',
    "kind" TEXT NOT NULL,
    "occasion" BIGINT NOT NULL DEFAULT 0,
    "seq" BIGINT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "held" BOOLEAN NOT NULL DEFAULT false,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),
    "settled" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "notices_pkey" PRIMARY KEY ("id")
);
alter table notices add constraint notices_channel check (channel in ('mail', 'push'));

-- CreateTable
CREATE TABLE "webhook_endpoints" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "org_id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "previous_secret" TEXT,
    "previous_until" TIMESTAMPTZ(3),
    "events" TEXT[],
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),
    "disabled_reason" TEXT,
    "failing_since" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "rests_until" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_endpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
-- What an endpoint is told, once per audit row. Its id is the message's: the same for every attempt.
CREATE TABLE "webhook_deliveries" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "endpoint_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'waiting',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_attempt_at" TIMESTAMPTZ(3),
    "last_status" INTEGER,
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("id")
);
alter table webhook_deliveries add constraint webhook_deliveries_status check (status in ('waiting', 'delivered', 'given_up'));

-- AlterTable
-- Quiet hours keep the reminder in a message's thread.
ALTER TABLE "slack_messages" ADD COLUMN "reminder_held" BOOLEAN NOT NULL DEFAULT false;

-- CreateIndex
CREATE UNIQUE INDEX "push_subscriptions_endpoint_key" ON "push_subscriptions"("endpoint");

-- CreateIndex
CREATE INDEX "push_subscriptions_org_id_user_id_idx" ON "push_subscriptions"("org_id", "user_id");

-- CreateIndex
CREATE UNIQUE INDEX "notices_proposal_id_user_id_channel_target_kind_occasion_key" ON "notices"("proposal_id", "user_id", "channel", "target", "kind", "occasion");

-- CreateIndex
CREATE INDEX "webhook_endpoints_org_id_idx" ON "webhook_endpoints"("org_id");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_deliveries_endpoint_id_seq_key" ON "webhook_deliveries"("endpoint_id", "seq");

-- AddForeignKey
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "webhook_endpoints"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What still has to go out, and nothing else.
create index notices_unsettled on notices (channel, next_attempt_at) where not settled;
create index webhook_deliveries_waiting on webhook_deliveries (endpoint_id, next_attempt_at) where status = 'waiting';
-- The last word on each endpoint.
create index webhook_deliveries_attempted on webhook_deliveries (endpoint_id, last_attempt_at desc) where last_attempt_at is not null;

-- Whoever ends a session before its time (signed out, revoked, the password changed) also ends what its device is told.
create function end_push_with_session() returns trigger language plpgsql as $$
begin
  if old."expiresAt" > now() then
    delete from push_subscriptions where session_id = old.id;
  end if;
  return null;
end $$;
create trigger session_ends_push after delete on session for each row execute function end_push_with_session();

-- Whoever is no member any more is told nothing more.
create function end_notices_with_membership() returns trigger language plpgsql as $$
begin
  delete from push_subscriptions where org_id = old.org_id and user_id = old.user_id;
  delete from notice_preferences where org_id = old.org_id and user_id = old.user_id;
  return null;
end $$;
create trigger membership_ends_notices after delete on members for each row execute function end_notices_with_membership();

grant select, insert, update, delete on notice_preferences, push_subscriptions, webhook_endpoints, webhook_deliveries to execops_app;
grant select, insert, update on notices, notice_progress to execops_app;

-- Several procedures may judge one event: each says what came of it, and the event is settled when all have.
ALTER TABLE "events" ADD COLUMN "verdicts" JSONB NOT NULL DEFAULT '{}';

-- Where a card stands in its procedure's time, and until when somebody wants to be left alone with it.
ALTER TABLE "proposals" ADD COLUMN "escalates_from" TIMESTAMPTZ(3),
ADD COLUMN "escalation" TEXT NOT NULL DEFAULT 'none',
ADD COLUMN "snoozed_until" TIMESTAMPTZ(3),
ADD COLUMN "snoozed_until_event" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "delegations" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "org_id" UUID NOT NULL,
    "proposal_id" UUID NOT NULL,
    "from_user" TEXT NOT NULL,
    "to_user" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "actor_type" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "delegations_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "delegations_proposal_id_created_at_idx" ON "delegations"("proposal_id", "created_at");

alter table proposals add constraint proposals_escalation check (escalation in ('none', 'reminded', 'delegated', 'owner'));
alter table delegations add constraint delegations_actor_type check (actor_type in ('system', 'user'));
grant update (verdicts) on events to execops_app;
grant select, insert on delegations to execops_app;
create trigger delegations_append_only before update or delete on delegations for each row execute function refuse_rewrite();
create trigger delegations_no_truncate before truncate on delegations for each statement execute function refuse_rewrite();

-- Which Slack user is which member. Linked once, by a code from a signed-in page.
CREATE TABLE "slack_links" (
    "team_id" TEXT NOT NULL,
    "slack_user_id" TEXT NOT NULL,
    "org_id" UUID NOT NULL,
    "user_id" TEXT NOT NULL,
    "linked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "slack_links_pkey" PRIMARY KEY ("team_id", "slack_user_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "slack_links_org_id_user_id_key" ON "slack_links"("org_id", "user_id");

grant select, insert, update, delete on slack_links to execops_app;

-- CreateTable
-- A member's one-time code, of which only the digest is kept. A newer one replaces it; using it deletes it.
CREATE TABLE "slack_link_codes" (
    "org_id" UUID NOT NULL,
    "user_id" TEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "slack_link_codes_pkey" PRIMARY KEY ("org_id", "user_id")
);

-- CreateTable
-- A card as a Slack user has it in their direct messages, and what of it was shown last.
CREATE TABLE "slack_messages" (
    "proposal_id" UUID NOT NULL,
    "team_id" TEXT NOT NULL,
    "slack_user_id" TEXT NOT NULL,
    "org_id" UUID NOT NULL,
    "user_id" TEXT NOT NULL,
    "marker" UUID NOT NULL DEFAULT gen_random_uuid(),
    "intended_at" TIMESTAMPTZ(3),
    "channel" TEXT,
    "ts" TEXT,
    "shown" TEXT,
    "shown_seq" BIGINT NOT NULL DEFAULT 0,
    "told_critical" BOOLEAN NOT NULL DEFAULT false,
    "alert_intended_at" TIMESTAMPTZ(3),
    "settled" BOOLEAN NOT NULL DEFAULT false,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "slack_messages_pkey" PRIMARY KEY ("proposal_id", "team_id", "slack_user_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "slack_link_codes_code_hash_key" ON "slack_link_codes"("code_hash");

-- What may still have to be shown, and nothing else.
create index slack_messages_unsettled on slack_messages (org_id) where not settled;

grant select, insert, update, delete on slack_link_codes to execops_app;
grant select, insert, update on slack_messages to execops_app;

-- Whether this member may decide this proposal: the rule of prisma/may-decide.ts, for lists of them.
create function may_decide(proposal proposals, member text) returns boolean language sql stable as $$
  select exists (
    select from members m
      join approvers a on a.org_id = m.org_id and a.user_id = m.user_id and a.action_type = proposal.action_type
    where m.org_id = proposal.org_id and m.user_id = member and (
      m.role = 'owner' or (m.role = 'ops_lead' and (proposal.urgency = 'low' or exists (
        select from (
          select to_user, until from delegations where proposal_id = proposal.id order by created_at desc, id limit 1) latest
        where latest.to_user = member and latest.until > now())))))
$$;

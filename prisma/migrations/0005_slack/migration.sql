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

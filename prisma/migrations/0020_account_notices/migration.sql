-- CreateTable
-- What a person is told of their own account, wished for or not: how they sign in has changed. Written with the change.
CREATE TABLE "account_notices" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "org_id" UUID NOT NULL,
    "user_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "detail" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),
    "settled" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "account_notices_pkey" PRIMARY KEY ("id")
);
alter table account_notices
  add constraint account_notices_kind check (kind in ('password_changed', 'passkey_added', 'passkey_removed'));

-- AddForeignKey
ALTER TABLE "account_notices" ADD CONSTRAINT "account_notices_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What still has to go out, and nothing else.
create index account_notices_unsettled on account_notices (next_attempt_at) where not settled;

grant select, insert, update on account_notices to execops_app;

-- One row for each provider that failed to answer: how often in a row, and since when nobody tries it.
CREATE TABLE "breakers" (
    "provider" TEXT NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "opened_at" TIMESTAMPTZ(3),
    "retry_at" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "breakers_pkey" PRIMARY KEY ("provider")
);

-- The executed proposal that this one takes back.
ALTER TABLE "proposals" ADD COLUMN "compensates" UUID;

grant select, insert, update on breakers to execops_app;

-- What was done is taken back once: one that was rejected or ran out may be followed by another.
create unique index proposals_one_compensation on proposals (compensates)
  where compensates is not null and status not in ('rejected', 'expired', 'superseded');

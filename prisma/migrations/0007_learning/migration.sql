-- A procedure's action type that people keep rejecting is switched off until one of them switches it on again.
CREATE TABLE "sop_switches" (
    "org_id" UUID NOT NULL,
    "vertical" TEXT NOT NULL,
    "action_type" TEXT NOT NULL,
    "sop_version" TEXT NOT NULL,
    "disabled_at" TIMESTAMPTZ(3),
    "reason" TEXT,
    "enabled_at" TIMESTAMPTZ(3),
    "enabled_by" TEXT,

    CONSTRAINT "sop_switches_pkey" PRIMARY KEY ("org_id", "vertical", "action_type", "sop_version")
);

-- When a person first had a card in front of them: how long a decision takes counts from here.
CREATE TABLE "openings" (
    "proposal_id" UUID NOT NULL,
    "user_id" TEXT NOT NULL,
    "org_id" UUID NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "openings_pkey" PRIMARY KEY ("proposal_id", "user_id")
);

grant select, insert, update on sop_switches to execops_app;
grant select, insert on openings to execops_app;

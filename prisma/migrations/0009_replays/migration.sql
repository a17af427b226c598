-- What the procedures would propose for an event, on its way from the worker to whoever asked. It may name people, so it
-- does not travel through Temporal's history, and it is taken out when it is read.
CREATE TABLE "replays" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "org_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "result" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "replays_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "replays_org_id_created_at_idx" ON "replays"("org_id", "created_at");

grant select, insert, delete on replays to execops_app;

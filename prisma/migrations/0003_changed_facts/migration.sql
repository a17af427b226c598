-- Which transaction last wrote a fact. A reader that keeps figures over many facts in memory asks only for what was
-- written since its last snapshot, and misses nothing however late a transaction commits.
ALTER TABLE "provider_objects" ADD COLUMN "changed" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "context_facts" ADD COLUMN "changed" BIGINT NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "provider_objects_org_id_kind_changed_idx" ON "provider_objects"("org_id", "kind", "changed");

-- CreateIndex
CREATE INDEX "context_facts_org_id_kind_changed_idx" ON "context_facts"("org_id", "kind", "changed");

create function note_change() returns trigger language plpgsql as $$
begin
  new.changed := pg_current_xact_id()::text::bigint;
  return new;
end $$;
create trigger provider_objects_changed before insert or update on provider_objects for each row execute function note_change();
create trigger context_facts_changed before insert or update on context_facts for each row execute function note_change();

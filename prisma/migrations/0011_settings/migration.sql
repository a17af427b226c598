-- CreateTable
-- What an organisation has otherwise than by default, and by which approved change.
CREATE TABLE "settings" (
    "org_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "changed_by" TEXT NOT NULL,
    "proposal_id" UUID NOT NULL,

    CONSTRAINT "settings_pkey" PRIMARY KEY ("org_id", "key")
);

-- When what an event said was removed because it was older than the organisation keeps it.
ALTER TABLE "events" ADD COLUMN "redacted_at" TIMESTAMPTZ(3);

grant select, insert, update on settings to execops_app;
grant update (payload_json, redacted_at) on events to execops_app;

-- The application changes a setting only while an approved change of exactly this runs.
create function check_setting() returns trigger language plpgsql as $$
begin
  if current_user = 'execops_app' and not exists (
    select from executions e join proposal_versions v on v.proposal_id = e.proposal_id and v.version = e.version
    where e.proposal_id = new.proposal_id and e.org_id = new.org_id and e.status = 'running'
      and v.operation = 'settings.change' and v.payload ->> 'setting' = new.key and v.payload -> 'to' = new.value
  ) then
    raise exception 'setting refused: no approved change of % to this runs', new.key using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger settings_check before insert or update on settings for each row execute function check_setting();

-- Whoever keeps settings in memory reads them again.
create function announce_settings() returns trigger language plpgsql as $$
begin
  perform pg_notify('execops_settings', new.org_id::text);
  return null;
end $$;
create trigger settings_announce after insert or update on settings for each row execute function announce_settings();

-- What an event said is never another thing: it is there, or it was removed.
create function keep_event() returns trigger language plpgsql as $$
begin
  if new.payload_json is distinct from old.payload_json
    and (new.redacted_at is null or old.redacted_at is not null or new.payload_json <> '{}'::jsonb)
  then
    raise exception 'an event keeps what it said until that is removed' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger events_keep before update of payload_json on events for each row execute function keep_event();

-- What may still have to be removed, oldest first.
create index events_unredacted on events (org_id, received_at) where redacted_at is null;

-- What went out lately, for the limits of mail.
create index attempts_dispatched on attempts (org_id, dispatched_at) where dispatched_at is not null;
create index executions_running on executions (org_id) where status = 'running';

-- How many approvals an organisation wants for a card. A change of its own rules never asks for more owners than there are
-- beside the one who asked: nobody could take such a rule back.
create function approvals_wanted(org uuid, type text, of_vertical text) returns int language sql volatile as $$
  select greatest(1, least(
    coalesce((select value::int from settings where org_id = org and key = 'organisation.required_approvals.' || type), 1),
    case when of_vertical = 'settings' then (
      select count(*)::int - 1 from approvers a join members m on m.org_id = a.org_id and m.user_id = a.user_id
      where a.org_id = org and a.action_type = type and m.role = 'owner') end))
$$;

create function ask_approvals() returns trigger language plpgsql as $$
begin
  new.required_approvals := greatest(new.required_approvals, approvals_wanted(new.org_id, new.action_type, new.vertical));
  return new;
end $$;
create trigger proposals_approvals before insert on proposals for each row execute function ask_approvals();

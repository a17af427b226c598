-- What the database itself guarantees, whatever the code above it does.

-- The application runs as execops_app: it can neither rewrite history nor forge it.
do $$
begin
  create role execops_app nologin;
exception
  when duplicate_object or unique_violation then null;
end $$;
do $$
begin
  execute format('grant execops_app to %I', current_user);
end $$;

grant usage on schema public to execops_app;
grant select, insert on all tables in schema public to execops_app;
grant update on organisations, "user", session, account, verification, members, sign_in_links, api_keys,
  webhook_secrets, provider_objects, context_facts, proposals, wakeups to execops_app;
grant delete on "user", session, account, verification, sign_in_links, members, approvers, wakeups to execops_app;
grant update (status, reason, processed_at, dispatched_at, propose_requested_at, dedupe_key) on events to execops_app;
grant update (undone_at) on decisions to execops_app;
grant update (status, finished_at, result, error) on executions to execops_app;
grant update (status, dispatched_at, finished_at, error) on attempts to execops_app;
revoke insert on audit_heads from execops_app;

alter table events add constraint events_status check (status in ('received', 'processed', 'ignored'));
alter table proposals add constraint proposals_status check (status in ('pending', 'approved', 'executed', 'failed', 'unknown', 'rejected', 'expired', 'superseded'));
alter table proposals add constraint proposals_urgency check (urgency in ('low', 'high', 'critical'));
alter table proposals add constraint proposals_action_type check (action_type in ('email', 'api_call', 'slack_dm'));
alter table decisions add constraint decisions_decision check (decision in ('approve', 'reject'));
alter table executions add constraint executions_status check (status in ('queued', 'running', 'succeeded', 'failed', 'unknown', 'cancelled', 'rolled_back'));
alter table attempts add constraint attempts_status check (status in ('running', 'succeeded', 'failed', 'unknown'));
alter table audit add constraint audit_actor_type check (actor_type in ('system', 'user', 'agent'));
-- The chain's hash joins its fields with line breaks.
alter table audit add constraint audit_actor_id check (actor_id !~ '[\r\n]');
alter table proposal_events add constraint proposal_events_role check (role in ('evidence', 'settled', 'cited'));
alter table members add constraint members_role check (role in ('owner', 'ops_lead', 'viewer'));
alter table api_keys add constraint api_keys_kind check (kind in ('personal', 'agent'));

-- One subject has at most one open proposal per action type.
create unique index proposals_one_open on proposals (org_id, subject, action_type)
  where status in ('pending', 'approved', 'unknown', 'failed');

-- What the dispatcher still has to start, and nothing else.
create index events_undispatched on events (received_at) where dispatched_at is null;

-- A member decides on exactly what is there now.
create function check_decision() returns trigger language plpgsql as $$
begin
  if not exists (select from members where org_id = new.org_id and user_id = new.decided_by and role <> 'viewer') then
    raise exception 'decision refused: % may not decide in this organisation', new.decided_by using errcode = 'check_violation';
  end if;
  if not exists (
    select from proposals
    where id = new.proposal_id and org_id = new.org_id and status = 'pending'
      and version = new.version and payload_hash = new.payload_hash
  ) then
    raise exception 'decision refused: no pending proposal % with this version and hash', new.proposal_id using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger decisions_check before insert on decisions for each row execute function check_decision();

-- No execution without an approval of exactly this version and hash.
create function check_execution() returns trigger language plpgsql as $$
declare
  proposal proposals;
  approvals int;
begin
  select * into proposal from proposals where id = new.proposal_id for update;
  select count(*) into approvals from decisions
    where proposal_id = new.proposal_id and org_id = new.org_id and version = new.version
      and payload_hash = new.payload_hash and decision = 'approve' and undone_at is null;
  if proposal.id is null or proposal.org_id <> new.org_id or proposal.status <> 'approved'
    or proposal.version <> new.version or proposal.payload_hash <> new.payload_hash
    or approvals < greatest(1, proposal.required_approvals)
  then
    raise exception 'execution refused: proposal % has no live approval of this version and hash', new.proposal_id using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger executions_check before insert on executions for each row execute function check_execution();

create function keep_execution() returns trigger language plpgsql as $$
begin
  if (new.id, new.org_id, new.proposal_id, new.version, new.payload_hash, new.idempotency_key, new.started_at)
    is distinct from (old.id, old.org_id, old.proposal_id, old.version, old.payload_hash, old.idempotency_key, old.started_at)
  then
    raise exception 'an execution keeps what it was claimed for' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger executions_keep before update on executions for each row execute function keep_execution();

-- Nobody rewrites history: not the application's role, and not its owner by mistake.
create function refuse_rewrite() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger audit_append_only before update or delete on audit for each row execute function refuse_rewrite();
create trigger audit_no_truncate before truncate on audit for each statement execute function refuse_rewrite();
create trigger versions_append_only before update or delete on proposal_versions for each row execute function refuse_rewrite();
create trigger executions_no_delete before delete on executions for each row execute function refuse_rewrite();
create trigger decisions_no_delete before delete on decisions for each row execute function refuse_rewrite();
create trigger versions_no_truncate before truncate on proposal_versions for each statement execute function refuse_rewrite();
create trigger heads_no_delete before delete on audit_heads for each row execute function refuse_rewrite();
create trigger heads_no_truncate before truncate on audit_heads for each statement execute function refuse_rewrite();
create trigger events_no_truncate before truncate on events for each statement execute function refuse_rewrite();
create trigger attempts_no_truncate before truncate on attempts for each statement execute function refuse_rewrite();
create trigger proposal_events_no_truncate before truncate on proposal_events for each statement execute function refuse_rewrite();
create trigger executions_no_truncate before truncate on executions for each statement execute function refuse_rewrite();
create trigger decisions_no_truncate before truncate on decisions for each statement execute function refuse_rewrite();

-- A decision stands as it was made; all that can happen to it is to be taken back, once.
create function keep_decision() returns trigger language plpgsql as $$
begin
  if old.undone_at is not null or new.undone_at is null
    or (new.id, new.org_id, new.proposal_id, new.version, new.payload_hash, new.decision, new.decided_by, new.decided_at, new.via, new.feedback)
    is distinct from (old.id, old.org_id, old.proposal_id, old.version, old.payload_hash, old.decision, old.decided_by, old.decided_at, old.via, old.feedback)
  then
    raise exception 'a decision stands as it was made' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger decisions_keep before update on decisions for each row execute function keep_decision();

-- Each audit row is chained to the one before it, per organisation, under a lock on the chain's head.
-- hash = SHA-256 of the fields, one per line, in the order below; an absent field is an empty line.
create function chain_audit() returns trigger language plpgsql security definer set search_path = public as $$
declare
  head audit_heads;
begin
  insert into audit_heads (org_id, seq, hash) values (new.org_id, 0, repeat('0', 64)) on conflict do nothing;
  select * into head from audit_heads where org_id = new.org_id for update;
  new.seq := head.seq + 1;
  new.prev_hash := head.hash;
  new.ts := date_trunc('milliseconds', clock_timestamp());
  new.hash := encode(sha256(convert_to(concat_ws(E'\n',
    new.prev_hash, new.org_id, new.seq, coalesce(new.proposal_id::text, ''), coalesce(new.from_status, ''), coalesce(new.to_status, ''),
    new.actor_type, new.actor_id, to_char(new.ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), new.metadata::text
  ), 'UTF8')), 'hex');
  update audit_heads set seq = new.seq, hash = new.hash where org_id = new.org_id;
  return new;
end $$;
create trigger audit_chain before insert on audit for each row execute function chain_audit();

-- Every change reaches open browsers, numbered by the chain and so in commit order.
create function announce_audit() returns trigger language plpgsql as $$
begin
  perform pg_notify('execops_audit', json_build_object('org_id', new.org_id, 'seq', new.seq, 'proposal_id', new.proposal_id)::text);
  return null;
end $$;
create trigger audit_announce after insert on audit for each row execute function announce_audit();

create function announce_wakeup() returns trigger language plpgsql as $$
begin
  -- What its own process sends a moment later need not rouse anybody.
  if new.next_attempt_at <= now() then
    perform pg_notify('execops_wakeup', new.workflow_id);
  end if;
  return null;
end $$;
create trigger wakeups_announce after insert or update of token on wakeups for each row execute function announce_wakeup();

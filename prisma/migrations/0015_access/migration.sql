-- An open stream ends with what it was opened by: whoever holds one hears at once that a person's session, key or membership has ended.
create function announce_access() returns trigger language plpgsql as $$
begin
  perform pg_notify('execops_access', to_jsonb(old) ->> tg_argv[0]);
  return null;
end $$;
create trigger session_announce after delete or update of "expiresAt", token on session for each row execute function announce_access('userId');
create trigger api_keys_announce after delete or update of revoked_at on api_keys for each row execute function announce_access('user_id');
create trigger members_announce after delete or update of role on members for each row execute function announce_access('user_id');

-- An organisation's decisions are taken along in their order.
-- CreateIndex
CREATE INDEX "decisions_org_id_decided_at_id_idx" ON "decisions"("org_id", "decided_at", "id");

-- Who asked for it, where a person did, and how many of its notes came with the draft: the others tell what happened since.
ALTER TABLE "proposals" ADD COLUMN "proposed_by" TEXT, ADD COLUMN "notes_drafted" INTEGER NOT NULL DEFAULT 0;

update proposals p set proposed_by = e.actor_id from events e
where e.id = p.event_id and e.source in ('manual', 'system') and exists (select from "user" u where u.id = e.actor_id);

-- DropIndex
DROP INDEX "proposals_org_id_status_priority_created_at_id_idx";

-- CreateIndex
CREATE INDEX "proposals_org_id_status_updated_at_id_idx" ON "proposals"("org_id", "status", "updated_at" DESC, "id" DESC);

-- A page starts exactly where the one before it ended: the three keys run the same way, so that one comparison finds the place.
create index proposals_queue on proposals (org_id, status, (-priority), created_at, id);
-- What carries a flag is looked for alone, among a million that carry none.
create index proposals_flagged on proposals (org_id, updated_at desc, id desc) where flags <> '{}';

-- CreateIndex
CREATE INDEX "proposals_org_id_created_at_idx" ON "proposals"("org_id", "created_at");

-- CreateIndex
CREATE INDEX "proposal_events_joined_at_idx" ON "proposal_events"("joined_at");

-- CreateTable
-- The words of each card, apart from it: what changes about it seldom touches them. What waits is searched apart from what is past.
CREATE TABLE "proposal_words" (
    "proposal_id" UUID NOT NULL,
    "waits" BOOLEAN NOT NULL,
    "words" tsvector NOT NULL,

    CONSTRAINT "proposal_words_pkey" PRIMARY KEY ("proposal_id")
);

create index proposal_words_waiting on proposal_words using gin (words) where waits;
create index proposal_words_past on proposal_words using gin (words) where not waits;

-- AddForeignKey
ALTER TABLE "proposal_words" ADD CONSTRAINT "proposal_words_proposal_id_fkey" FOREIGN KEY ("proposal_id") REFERENCES "proposals"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- A text's words in small letters without accents, each once. Everything between two of them is a gap: signs, spaces, line breaks.
create function words_of(said text) returns text[] language sql immutable parallel safe as $$
  select coalesce(array_agg(distinct left(word, 64)), '{}') from regexp_split_to_table(
    regexp_replace(normalize(lower(normalize(left(said, 50000), NFKC)), NFKD), '[\u0300-\u036f]', '', 'g'),
    '[\u0001-/:-@\[-`{-\u00bf\u2000-\u206f\u3000-\u303f\ufe00-\ufe0f]+') word
  where word <> ''
$$;

-- What the words in a search box ask for: each of them, as the beginning of a word. Null when there is none.
create function words_query(asked text) returns tsquery language sql immutable parallel safe as $$
  select string_agg(quote_literal(word) || ':*', ' & ')::tsquery from unnest(words_of(asked)) word
$$;

create function words_of_proposal(p proposals) returns tsvector language sql immutable parallel safe as $$
  select array_to_tsvector(words_of(concat_ws(' ', p.title, p.subject,
    (select string_agg(said #>> '{}', ' ') from jsonb_path_query(p.facts, 'lax $[*].keyvalue() ? (@.key == "label" || @.key == "value").value') said),
    (select string_agg(said #>> '{}', ' ') from jsonb_path_query(p.payload, 'strict $.** ? (@.type() == "string" || @.type() == "number")') said))))
$$;

create function keep_words() returns trigger language plpgsql as $$
begin
  insert into proposal_words (proposal_id, waits, words) values (new.id, new.status = 'pending', words_of_proposal(new))
    on conflict (proposal_id) do update set waits = excluded.waits, words = excluded.words;
  return null;
end $$;
create function move_words() returns trigger language plpgsql as $$
begin
  update proposal_words set waits = new.status = 'pending' where proposal_id = new.id;
  return null;
end $$;
create trigger proposals_words after insert on proposals for each row execute function keep_words();
create trigger proposals_words_again after update of title, subject, facts, payload on proposals for each row
  when ((new.title, new.subject, new.facts, new.payload) is distinct from (old.title, old.subject, old.facts, old.payload))
  execute function keep_words();
create trigger proposals_words_moved after update of status on proposals for each row
  when ((new.status = 'pending') <> (old.status = 'pending')) execute function move_words();
insert into proposal_words (proposal_id, waits, words) select id, status = 'pending', words_of_proposal(p) from proposals p;
grant select, insert, update on proposal_words to execops_app;

-- Whether this member may decide this proposal: the rule of prisma/may-decide.ts, for lists of them. The product's own rules are the owners'.
create or replace function may_decide(proposal proposals, member text) returns boolean language sql stable as $$
  select exists (
    select from members m
      join approvers a on a.org_id = m.org_id and a.user_id = m.user_id and a.action_type = proposal.action_type
    where m.org_id = proposal.org_id and m.user_id = member and (
      m.role = 'owner' or (m.role = 'ops_lead' and proposal.vertical <> 'settings' and (proposal.urgency = 'low' or exists (
        select from (
          select to_user, until from delegations where proposal_id = proposal.id order by created_at desc, id limit 1) latest
        where latest.to_user = member and latest.until > now())))))
$$;

-- A member decides on exactly what is there now, and where two are asked nobody approves what they proposed.
create or replace function check_decision() returns trigger language plpgsql as $$
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
  if new.decision = 'approve' and exists (
    select from proposals where id = new.proposal_id and required_approvals > 1 and proposed_by = new.decided_by
  ) then
    raise exception 'decision refused: % proposed it, and another has to approve it', new.decided_by using errcode = 'check_violation';
  end if;
  return new;
end $$;

-- Of two states of a proposal the later one says so. now() is when a transaction began, which may be before another one that
-- committed first, and two changes within one millisecond would look alike.
create function move_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at := greatest(clock_timestamp(), old.updated_at + interval '1 millisecond');
  return new;
end $$;
create trigger proposals_updated_at before update of updated_at on proposals for each row execute function move_updated_at();

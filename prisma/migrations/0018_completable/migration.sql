-- How many approvals a card may go on asking for. What was promised stands, except for a change of the product's own rules that no
-- longer has as many owners on the list as it asks for, whoever asked for it left out: such a card asks for what a new one would.
-- An empty list means nobody, so it lowers nothing.
create function approvals_completable(org uuid, type text, of_vertical text, proposer text, promised int) returns int language sql volatile as $$
  select case
    when of_vertical <> 'settings' or count(*) = 0 then promised
    when count(*) filter (where promised < 2 or a.user_id is distinct from proposer) >= promised then promised
    else least(promised, approvals_wanted(org, type, of_vertical))
  end
  from approvers a join members m on m.org_id = a.org_id and m.user_id = a.user_id
  where a.org_id = org and a.action_type = type and m.role = 'owner'
$$;

-- As before; and what stands in the settings but is no number of approvals counts as not stored, as everywhere: one bad value
-- must not keep every card of its type from being stored.
create or replace function approvals_wanted(org uuid, type text, of_vertical text) returns int language sql volatile as $$
  select greatest(1, least(
    coalesce((select value::int from settings where org_id = org and key = 'organisation.required_approvals.' || type
      and value in ('1', '2', '3', '4', '5')), 1),
    case when of_vertical = 'settings' then (
      select count(*)::int - 1 from approvers a join members m on m.org_id = a.org_id and m.user_id = a.user_id
      where a.org_id = org and a.action_type = type and m.role = 'owner') end))
$$;

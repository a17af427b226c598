-- Team Pulse reads the pushes of four weeks on every push.
create index events_pushes on events (org_id, occurred_at) where source = 'github' and type = 'push';

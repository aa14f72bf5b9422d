-- The queue in depth: skills, ageing, a provable draw, fenced offers, wrap-up,
-- transfers, guests of a call, and which nodes are alive.

create table agent_skills (
  bank_id  uuid not null references banks,
  agent_id uuid not null,
  skill    text not null,
  level    smallint not null,         -- 1 (can) to 10 (nobody better)
  primary key (bank_id, agent_id, skill),
  foreign key (bank_id, agent_id) references agents (bank_id, id),
  constraint agent_skills_level check (level between 1 and 10),
  constraint agent_skills_shape check (skill ~ '^[a-z][a-z0-9_]{0,62}$')
);
call visavis_tenant('agent_skills');

alter table agent_presence
  add column reason     text not null default '',    -- of a pause
  add column missed     integer not null default 0,  -- offers in a row that were let lapse
  add column wrap_until timestamptz;                 -- wrap-up ends by itself

alter table queue_entries
  add column kind          text not null default 'serve',  -- serve; transfer, takeover: of a call that is going on
  add column rank_at       timestamptz not null default now(), -- entered_at less 6 s for each point of priority; the first is served first
  add column rules         jsonb,                    -- calls.rules: how it is routed, as the case's scenario says; null: of before
  add column locale        text not null default '', -- the customer's
  add column offer_no      integer not null default 0, -- of the newest offer: the fence
  add column seed          bytea,                    -- of the draw, sealed
  add column commitment    bytea,                    -- SHA-256 of the seed, in the event queue.entered
  add column draws         jsonb not null default '[]', -- [calls.Round]
  add column callback      boolean not null default false, -- the customer left the page and is rung when it is his turn
  add column overflowed_at timestamptz,
  add column to_agent      uuid,                     -- transfer: to this one
  add column to_skill      text not null default '', -- transfer: to one who can this
  add column from_agent    uuid,                     -- transfer, takeover: not to this one
  add column warm          boolean not null default false,
  add column note          text not null default '', -- of the agent who transfers, for the one who takes it
  add constraint queue_entries_kind_known check (kind in ('serve', 'transfer', 'takeover')),
  add constraint queue_entries_call check (kind = 'serve' or call_id is not null);
alter table queue_entries no force row level security; -- the owner, who migrates, is to see the rows of all banks
update queue_entries set rank_at = entered_at - priority * interval '6 seconds';
alter table queue_entries force row level security;
drop index queue_entries_order;
create index queue_entries_rank on queue_entries (bank_id, rank_at, id) where state in ('waiting', 'offered');
create index queue_entries_entered on queue_entries (bank_id, entered_at); -- the wallboard's day
create index queue_entries_ended on queue_entries (bank_id, ended_at) where ended_at is not null;

alter table calls
  add column draw     jsonb,                  -- calls.Draw: how its agent was chosen
  add column agent_no integer not null default 1; -- one more at each change of agent: the fence of the media room

-- Who led a call, and from when to when.
create table call_agents (
  bank_id  uuid not null references banks,
  call_id  uuid not null,
  no       integer not null,          -- calls.agent_no
  agent_id uuid not null,
  how      text not null,             -- accepted, transferred, took_over
  from_at  timestamptz not null,
  to_at    timestamptz,
  primary key (bank_id, call_id, no),
  foreign key (bank_id, call_id) references calls (bank_id, id),
  constraint call_agents_how_known check (how in ('accepted', 'transferred', 'took_over'))
);
create index call_agents_busy on call_agents (bank_id, agent_id, from_at);
call visavis_tenant('call_agents', 'select, insert, update');

-- Who is in a call beside its two parties, or may be. One row for each time and mode.
create table call_guests (
  bank_id    uuid not null references banks,
  id         uuid not null,
  call_id    uuid not null,
  agent_id   uuid not null,
  role       text not null,           -- supervisor, interpreter, helper
  mode       text not null,           -- watch, whisper, join
  hidden     boolean not null,        -- not shown to the customer
  invited_by uuid,
  from_at    timestamptz not null,
  joined_at  timestamptz,             -- the media was connected, first
  to_at      timestamptz,
  primary key (bank_id, id),
  foreign key (bank_id, call_id) references calls (bank_id, id),
  foreign key (bank_id, agent_id) references agents (bank_id, id),
  constraint call_guests_role_known check (role in ('supervisor', 'interpreter', 'helper')),
  constraint call_guests_mode_known check (mode in ('watch', 'whisper', 'join'))
);
create unique index call_guests_one on call_guests (bank_id, call_id, agent_id) where to_at is null;
create index call_guests_agent on call_guests (bank_id, agent_id) where to_at is null;
create unique index call_guests_seat on call_guests (bank_id, call_id, role) where to_at is null; -- a media room knows them by role
create index call_guests_call on call_guests (bank_id, call_id, id);
call visavis_tenant('call_guests', 'select, insert, update');

-- The nodes of this installation and when each was last alive. Deliberately
-- global: a node serves all banks.
create table nodes (
  url     text primary key,
  seen_at timestamptz not null
);
grant select, insert, update, delete on nodes to visavis_app, visavis_worker;

-- Capacity: how working hours differ from the week's, who asked for it and who
-- decided, calendars of holidays, and what a booking occupies besides its time.

-- A break is taken out of the hours of work.
alter table working_hours add column kind text not null default 'work';
alter table working_hours add constraint working_hours_kind_known check (kind in ('work', 'break'));

-- Every change of an agent's weekly hours, with what was before: the history,
-- and, in state requested, what waits for a supervisor.
create table hours_changes (
  bank_id      uuid not null references banks,
  id           uuid not null,
  agent_id     uuid not null,
  before       jsonb not null,         -- list of hours; what the approval is of
  after        jsonb not null,
  state        text not null,
  asked_by     uuid,                   -- agent or API key; null: the gateway
  asked_kind   text not null,          -- visavis.ActorKind
  asked_at     timestamptz not null,
  decided_by   uuid,
  decided_kind text,
  decided_at   timestamptz,
  note         text not null default '',
  primary key (bank_id, id),
  foreign key (bank_id, agent_id) references agents (bank_id, id),
  constraint hours_changes_state_known check (state in ('requested', 'approved', 'rejected', 'withdrawn')),
  constraint hours_changes_decided check ((state = 'requested') = (decided_at is null))
);
create unique index hours_changes_one_open on hours_changes (bank_id, agent_id) where state = 'requested';
create index hours_changes_agent on hours_changes (bank_id, agent_id, id);
call visavis_tenant('hours_changes', 'select, insert, update');

-- How certain dates differ from the week: for one agent, or for all.
create table calendar_exceptions (
  bank_id      uuid not null references banks,
  id           uuid not null,
  agent_id     uuid,                   -- null: the whole bank
  kind         text not null,
  first_on     date not null,          -- dates of the agent's wall clock
  last_on      date not null,          -- inclusive
  starts       time,                   -- of each of the days; null: all day
  ends         time,
  time_zone    text not null default '', -- IANA, of starts and ends and of travel; '': the agent's
  reason       text not null default '',
  state        text not null,
  asked_by     uuid,
  asked_kind   text not null,
  asked_at     timestamptz not null,
  decided_by   uuid,
  decided_kind text,
  decided_at   timestamptz,
  note         text not null default '',
  primary key (bank_id, id),
  foreign key (bank_id, agent_id) references agents (bank_id, id),
  constraint calendar_exceptions_kind_known check (kind in ('holiday', 'absence', 'extra', 'travel')),
  constraint calendar_exceptions_state_known check (state in ('requested', 'approved', 'rejected', 'withdrawn')),
  constraint calendar_exceptions_decided check ((state = 'requested') = (decided_at is null)),
  constraint calendar_exceptions_order check (first_on <= last_on),
  constraint calendar_exceptions_clock check ((starts is null) = (ends is null) and (starts is null or starts < ends)),
  constraint calendar_exceptions_bank check (agent_id is not null or kind = 'holiday')
);
create index calendar_exceptions_last on calendar_exceptions (bank_id, last_on);
call visavis_tenant('calendar_exceptions', 'select, insert, update');

create table holiday_calendars (
  bank_id    uuid not null references banks,
  id         uuid not null,
  name       text not null,
  everyone   boolean not null,         -- of the whole bank, else of the agents in agent_holiday_calendars
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (bank_id, id),
  constraint holiday_calendars_name_key unique (bank_id, name)
);
call visavis_tenant('holiday_calendars');

create table holidays (
  bank_id     uuid not null,
  calendar_id uuid not null,
  on_date     date not null,
  name        text not null,
  primary key (bank_id, calendar_id, on_date),
  foreign key (bank_id, calendar_id) references holiday_calendars (bank_id, id) on delete cascade
);
call visavis_tenant('holidays');

create table agent_holiday_calendars (
  bank_id     uuid not null,
  calendar_id uuid not null,
  agent_id    uuid not null,
  primary key (bank_id, calendar_id, agent_id),
  foreign key (bank_id, calendar_id) references holiday_calendars (bank_id, id) on delete cascade,
  foreign key (bank_id, agent_id) references agents (bank_id, id)
);
call visavis_tenant('agent_holiday_calendars');

-- What a booking takes of its place: its time with the buffers before and after
-- it. Null: the time itself.
alter table bookings add column occupies tstzrange;
alter table bookings add constraint bookings_occupies_during check (occupies @> during);
-- The agent whom the customer chose; null: any, drawn at the call.
alter table bookings add column agent_id uuid;
alter table bookings add constraint bookings_agent foreign key (bank_id, agent_id) references agents (bank_id, id);
-- A day is the longest that a booking with its buffers may be: whoever looks for
-- what touches a time begins to look a day before.
alter table bookings add constraint bookings_at_most_a_day check (upper(coalesce(occupies, during)) - lower(coalesce(occupies, during)) <= interval '24 hours') not valid;
alter table bookings drop constraint bookings_place_free;
-- The one rule that no race gets around. (held: while the customer fills in.)
alter table bookings add constraint bookings_place_free exclude using gist
  (bank_id with =, place_id with =, coalesce(occupies, during) with &&) where (state in ('held', 'confirmed', 'due'));
create index bookings_occupied on bookings (bank_id, lower(coalesce(occupies, during)))
  include (place_id, scenario_id) where state in ('held', 'confirmed', 'due');

-- What someone needs to be served well, such as sign_language: the names are the
-- bank's; a scenario's settings say what follows from each.
alter table customers add column needs text[] not null default '{}';

-- Plain columns of the times: with row-level security a condition on an
-- expression such as lower(during) is no condition of an index, because lower()
-- is not leakproof, and every search would walk the bank's bookings (measured with
-- 1,000,000: 1.2 searches a second).
alter table bookings
  add column starts_at     timestamptz not null generated always as (lower(during)) stored,
  add column occupied_from timestamptz not null generated always as (lower(coalesce(occupies, during))) stored,
  add column occupied_to   timestamptz not null generated always as (upper(coalesce(occupies, during))) stored;
drop index bookings_occupied;
create index bookings_occupied on bookings (bank_id, occupied_from)
  include (occupied_to, place_id, id) where state in ('held', 'confirmed', 'due');
create index bookings_scenario on bookings (bank_id, scenario_id, starts_at) include (state);

-- Package ivr: campaigns, which call a list of people with a flow.

-- A campaign is worked by a loop that claims it (due_at, lease) and places as
-- many phone calls as its pacing lets it, in one transaction with the contacts
-- that they are for.
--   draft → awaiting_approval → scheduled → running ⇄ paused → finished
--                                              ↘ stopping → stopped
create table campaigns (
  bank_id       uuid not null references banks,
  id            uuid not null,
  name          text not null,
  flow          text not null,
  version       integer not null default 0,   -- of the flow; pinned at the start
  machine_flow  text not null default '',     -- what a machine hears; '' = nothing
  machine_version integer not null default 0,
  class         text not null,                -- what opt-outs, caps and quiet hours go by
  settings      jsonb not null,               -- ivr.CampaignSettings
  state         text not null default 'draft',
  start_at      timestamptz,                  -- null = when it is started
  end_at        timestamptz,                  -- nobody is called from then on
  created_by    uuid,                         -- agent or key
  requested_by  uuid,                         -- who asked for a start that somebody else has to confirm
  pause_reason  text not null default '',
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  started_at    timestamptz,
  ended_at      timestamptz,                  -- finished or stopped
  -- The loop's.
  due_at        timestamptz,                  -- null: nothing to do for it
  lease         uuid,
  lease_until   timestamptz,
  failures      integer not null default 0,   -- of the loop, in a row
  tokens        double precision not null default 0, -- calls that may start now, by calls_per_second
  tokens_at     timestamptz,
  told_at       timestamptz,                  -- when its progress was last an event
  told          bigint not null default 0,    -- what was told of then
  primary key (bank_id, id),
  constraint campaigns_state_known check (state in
    ('draft', 'awaiting_approval', 'scheduled', 'running', 'paused', 'stopping', 'stopped', 'finished')),
  constraint campaigns_ended check ((state in ('stopped', 'finished')) = (ended_at is not null)),
  constraint campaigns_worked check ((state in ('scheduled', 'running', 'stopping')) = (due_at is not null))
);
create index campaigns_due on campaigns (due_at) where due_at is not null;
call visavis_tenant('campaigns');
call visavis_worker_may('campaigns', 'select, update');

-- Where a campaign's contacts live: the zones that their numbers may be in, and
-- the country whose holidays they have. Windows are judged once a place, not
-- once a contact.
create table campaign_places (
  bank_id     uuid not null references banks,
  campaign_id uuid not null,
  place       smallint not null,
  region      text not null,                  -- ISO 3166-1 of the number; '' = none
  zones       text[] not null,                -- IANA; several when the number does not tell
  primary key (bank_id, campaign_id, place),
  constraint campaign_places_once unique (bank_id, campaign_id, region, zones),
  foreign key (bank_id, campaign_id) references campaigns on delete cascade
);
call visavis_tenant('campaign_places');

-- A row of the list: queued → calling → (waiting → calling)* → done, with one
-- outcome that never changes.
create table campaign_contacts (
  bank_id       uuid not null references banks,
  id            uuid not null,                -- UUIDv7, in the order of the list
  campaign_id   uuid not null,
  import_id     uuid not null,
  row           integer not null,             -- in its file or batch
  phone         text not null,                -- E.164
  own_phone     boolean not null,             -- of the list; else the customer's, read again at each call
  customer_id   uuid,
  reference     text not null default '',     -- the bank's own
  locale        text not null default '',
  place         smallint not null,
  variables     jsonb not null default '{}',  -- of the flow
  state         text not null default 'queued',
  outcome       text not null default '',     -- final
  detail        text not null default '',     -- the flow's word, or why it was refused
  next_at       timestamptz not null,         -- not called before
  attempt       smallint not null default 0,  -- calls placed; names the next one's key
  phone_call_id uuid,                         -- the last one
  busy          smallint not null default 0,  -- how often it ended so
  no_answer     smallint not null default 0,
  machine       smallint not null default 0,
  failed        smallint not null default 0,
  deferred      smallint not null default 0,  -- put off by a cap
  stage         smallint not null default 0,  -- how far it ever got: 0 listed, 1 called, 2 answered, 3 human, 4 flow finished
  handed_over   boolean not null default false,
  ended_at      timestamptz,
  primary key (bank_id, id),
  constraint campaign_contacts_phone_once unique (bank_id, campaign_id, phone),
  constraint campaign_contacts_state_known check (state in ('queued', 'waiting', 'calling', 'done')),
  constraint campaign_contacts_one_outcome check ((state = 'done') = (outcome <> '') and (state = 'done') = (ended_at is not null)),
  constraint campaign_contacts_calling check (state <> 'calling' or phone_call_id is not null),
  foreign key (bank_id, campaign_id) references campaigns on delete cascade
);
create index campaign_contacts_next on campaign_contacts (bank_id, campaign_id, state, place, next_at, id) where state in ('queued', 'waiting');
create index campaign_contacts_calling on campaign_contacts (bank_id, campaign_id) where state = 'calling';
create index campaign_contacts_list on campaign_contacts (bank_id, campaign_id, id);
call visavis_tenant('campaign_contacts');

-- An outcome is final, whatever goes wrong above.
create function visavis_campaign_contact_final() returns trigger language plpgsql as $$
begin
  raise exception 'the contact % has its outcome already', old.id using errcode = 'check_violation', constraint = 'campaign_contacts_final';
end $$;
create trigger campaign_contacts_final before update on campaign_contacts
  for each row when (old.state = 'done' and (new.state <> 'done' or new.outcome <> old.outcome))
  execute function visavis_campaign_contact_final();

-- How many contacts are in which state, by what outcome, how far: kept by
-- triggers, a few rows a campaign, summed when it is read. The slots are of
-- database connections, so that calls that end at the same time wait for one
-- another rarely.
create table campaign_tallies (
  bank_id     uuid not null references banks,
  campaign_id uuid not null,
  slot        smallint not null,
  key         text not null,                  -- state:…, outcome:…, stage:…, calls, handed_over
  n           bigint not null,
  primary key (bank_id, campaign_id, slot, key),
  foreign key (bank_id, campaign_id) references campaigns on delete cascade
);
alter table campaign_tallies set (fillfactor = 50);
call visavis_tenant('campaign_tallies');

create function visavis_campaign_tally() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into campaign_tallies as t (bank_id, campaign_id, slot, key, n)
    select bank_id, campaign_id, pg_backend_pid() % 32, key, sum(d) from (
      select bank_id, campaign_id, unnest(array['state:' || state, 'stage:' || stage, 'outcome:' || outcome]) as key, 1 as d from now_rows
    ) x where key <> 'outcome:' group by 1, 2, 4 order by 1, 2, 4
    on conflict (bank_id, campaign_id, slot, key) do update set n = t.n + excluded.n;
  elsif tg_op = 'UPDATE' then
    insert into campaign_tallies as t (bank_id, campaign_id, slot, key, n)
    select bank_id, campaign_id, pg_backend_pid() % 32, key, sum(d) from (
      select bank_id, campaign_id, unnest(array['state:' || state, 'stage:' || stage, 'outcome:' || outcome, 'calls', 'handed_over']) as key,
        unnest(array[1, 1, 1, attempt, handed_over::integer]) as d from now_rows
      union all
      select bank_id, campaign_id, unnest(array['state:' || state, 'stage:' || stage, 'outcome:' || outcome, 'calls', 'handed_over']),
        -unnest(array[1, 1, 1, attempt, handed_over::integer]) from old_rows
    ) x where key <> 'outcome:' group by 1, 2, 4 having sum(d) <> 0 order by 1, 2, 4
    on conflict (bank_id, campaign_id, slot, key) do update set n = t.n + excluded.n;
  end if;
  return null;
end $$;
create trigger campaign_contacts_added after insert on campaign_contacts
  referencing new table as now_rows for each statement execute function visavis_campaign_tally();
create trigger campaign_contacts_changed after update on campaign_contacts
  referencing new table as now_rows old table as old_rows for each statement execute function visavis_campaign_tally();

-- What was handed in, and what of it was refused.
create table campaign_imports (
  bank_id     uuid not null references banks,
  id          uuid not null,
  campaign_id uuid not null,
  source      text not null,                  -- csv, api
  state       text not null,                  -- receiving, done, broken
  rows        integer not null default 0,
  accepted    integer not null default 0,
  refused     jsonb not null default '{}',    -- how many by code
  error       text not null default '',       -- why it is broken
  created_by  uuid,
  created_at  timestamptz not null,
  seen_at     timestamptz not null,           -- when rows last came
  ended_at    timestamptz,
  primary key (bank_id, id),
  constraint campaign_imports_state_known check (state in ('receiving', 'done', 'broken')),
  foreign key (bank_id, campaign_id) references campaigns on delete cascade
);
create index campaign_imports_campaign on campaign_imports (bank_id, campaign_id, id);
call visavis_tenant('campaign_imports');

create table campaign_refusals (
  bank_id   uuid not null references banks,
  import_id uuid not null,
  row       integer not null,
  field     text not null,                    -- column or member
  code      text not null,
  reason    text not null,                    -- a sentence, without the value
  primary key (bank_id, import_id, row),
  foreign key (bank_id, import_id) references campaign_imports on delete cascade
);
call visavis_tenant('campaign_refusals');

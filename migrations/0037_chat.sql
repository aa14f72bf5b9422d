-- Package calls: the chat of a case.

-- The bank's bot.
create table thread_settings (
  bank_id     uuid not null references banks,
  bot_on      boolean not null default false,
  bot_url     text not null default '',
  bot_seconds integer not null default 5,    -- how long it may take to answer
  bot_secret  bytea,                         -- sealed; what questions are signed with
  updated_at  timestamptz not null,
  primary key (bank_id),
  constraint thread_settings_bounds check (bot_seconds between 1 and 10)
);
call visavis_tenant('thread_settings', 'select, insert, update');

-- One thread a case.
--   bot → waiting → person → bot
create table threads (
  bank_id           uuid not null,
  identification_id uuid not null,
  id                uuid not null,           -- the object of its events
  customer_id       uuid not null,
  scenario_id       uuid not null,
  state             text not null default 'bot',
  agent_id          uuid,                    -- who speaks, in state person
  asked_at          timestamptz,             -- since when it waits for a person
  asked_why         text not null default '',
  verified          boolean,                 -- whether who wrote the customer's newest line had proved the number; null: none was written
  lines             integer not null default 0,
  last_id           uuid,                    -- the newest line
  last_at           timestamptz,
  customer_read     uuid,                    -- up to where the customer has seen it
  staff_read        uuid,                    -- up to where somebody at the bank has
  keep_until        timestamptz,
  wiped_at          timestamptz,
  created_at        timestamptz not null,
  primary key (bank_id, identification_id),
  foreign key (bank_id, identification_id) references identifications (bank_id, id),
  constraint threads_rules check (state in ('bot', 'waiting', 'person') and (state = 'person') = (agent_id is not null)
    and (state = 'waiting') = (asked_at is not null))
);
create index threads_newest on threads (bank_id, last_id) where last_id is not null;
create index threads_waiting on threads (bank_id, state, last_id) where state <> 'bot';
create index threads_kept on threads (keep_until) where wiped_at is null;
call visavis_tenant('threads', 'select, insert, update');
call visavis_worker_may('threads', 'select (bank_id, identification_id, keep_until, wiped_at)'); -- finds what is to be wiped

create table thread_entries (
  bank_id           uuid not null,
  id                uuid not null,           -- UUIDv7, growing within a thread
  identification_id uuid not null,
  role              text not null,
  actor_id          uuid,                    -- the agent
  body              text not null default '',-- '' once wiped, and of a notice
  notice            text not null default '',-- key of what the pages say in the customer's language
  quick_replies     text[] not null default '{}',
  answers           uuid,                    -- the customer's line that the bot answers here
  question          text not null default '',-- of a customer's line: the bot is asked, has answered, or is not wanted any more
  verified          boolean not null,        -- said by, or to, somebody who had proved the number: others do not read it
  at                timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, identification_id) references threads (bank_id, identification_id),
  constraint thread_entries_rules check (role in ('customer', 'bot', 'agent', 'notice') and (role = 'notice') = (notice <> '')
    and question in ('', 'asked', 'answered', 'dropped') and (question = '' or role = 'customer')
    and cardinality(quick_replies) <= 5 and length(body) <= 2000)
);
create index thread_entries_of on thread_entries (bank_id, identification_id, id);
-- One answer a line, whatever runs twice.
create unique index thread_entries_answers on thread_entries (bank_id, answers) where answers is not null;
create index thread_entries_asked on thread_entries (bank_id, identification_id, id) where question = 'asked';
call visavis_tenant('thread_entries', 'select, insert');
grant update (body, quick_replies, question) on thread_entries to visavis_app;

-- The calls of a case, in order: the thread shows what was written in them.
create index calls_of_case on calls (bank_id, identification_id, id);

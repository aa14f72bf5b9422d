-- Package banks: who there is. Packages above refer to these by (bank_id, id).

create table banks (
  bank_id    uuid primary key,
  slug       text not null,           -- names the bank in /visit/new?bank= and at sign-in
  name       text not null,           -- shown to customers
  settings   jsonb not null default '{}', -- banks.Settings
  created_at timestamptz not null,
  constraint banks_slug_key unique (slug), -- deliberately global: it is how a bank is named from outside
  constraint banks_slug_shape check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  constraint banks_name_not_empty check (name <> '')
);
call visavis_tenant('banks', 'select, update');
call visavis_worker_may('banks', 'select, insert'); -- insert: `visavis bank add` has no bank yet

create table agents (
  bank_id       uuid not null references banks,
  id            uuid not null,
  email         text not null,        -- lower case
  name          text not null,
  role          text not null,
  password_hash text,                 -- argon2id, PHC string; null until the invitation is accepted
  enabled       boolean not null default true,
  languages     text[] not null default '{}',
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  primary key (bank_id, id),
  constraint agents_email_key unique (bank_id, email),
  constraint agents_email_lower check (email = lower(email)),
  constraint agents_role_known check (role in ('agent', 'supervisor', 'auditor', 'administrator'))
);
create index agents_email on agents (email); -- sign-in finds the bank by it
call visavis_tenant('agents', 'select, insert, update');
call visavis_worker_may('agents', 'select');

create table agent_sessions (
  bank_id      uuid not null,
  id           uuid not null,
  agent_id     uuid not null,
  token_hash   bytea not null,        -- SHA-256 of 32 random bytes that only the cookie holds
  created_at   timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at   timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, agent_id) references agents (bank_id, id)
);
create index agent_sessions_token on agent_sessions (token_hash);
create index agent_sessions_agent on agent_sessions (bank_id, agent_id);
call visavis_tenant('agent_sessions');
call visavis_worker_may('agent_sessions', 'select');

create table invitations (
  bank_id    uuid not null,
  id         uuid not null,
  agent_id   uuid not null,
  token_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at    timestamptz,
  primary key (bank_id, id),
  foreign key (bank_id, agent_id) references agents (bank_id, id)
);
create index invitations_token on invitations (token_hash);
call visavis_tenant('invitations');
call visavis_worker_may('invitations', 'select');

create table api_keys (
  bank_id      uuid not null references banks,
  id           uuid not null,
  name         text not null,
  hint         text not null,         -- the first characters, to tell keys apart in a list
  key_hash     bytea not null,        -- SHA-256 of the whole key (32 random bytes, so no salt is needed)
  scopes       text[] not null,
  created_at   timestamptz not null,
  last_used_at timestamptz,
  revoked_at   timestamptz,
  primary key (bank_id, id)
);
create index api_keys_hash on api_keys (key_hash);
call visavis_tenant('api_keys', 'select, insert, update');
call visavis_worker_may('api_keys', 'select');

create table customers (
  bank_id    uuid not null references banks,
  id         uuid not null,
  reference  text,                    -- the bank's own name for the customer
  name       text not null,
  phone      text not null,           -- E.164
  locale     text not null,
  time_zone  text not null,           -- IANA
  segment    text not null default '',
  metadata   jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (bank_id, id),
  constraint customers_reference_key unique (bank_id, reference),
  constraint customers_phone_e164 check (phone ~ '^\+[1-9][0-9]{6,14}$')
);
create index customers_phone on customers (bank_id, phone);
call visavis_tenant('customers', 'select, insert, update');

create table devices (
  bank_id      uuid not null,
  id           uuid not null,
  customer_id  uuid not null,
  provider     text not null,         -- fcm (later apns, webpush)
  token        text not null,
  token_hash   bytea not null,        -- SHA-256 of token: the unique key, since tokens may be long
  name         text not null default '',
  created_at   timestamptz not null,
  disabled_at  timestamptz,           -- the provider said that the token is no longer registered
  disabled_why text not null default '',
  primary key (bank_id, id),
  foreign key (bank_id, customer_id) references customers (bank_id, id),
  constraint devices_token_key unique (bank_id, provider, token_hash),
  constraint devices_provider_known check (provider in ('fcm', 'apns', 'webpush'))
);
create index devices_customer on devices (bank_id, customer_id) where disabled_at is null;
call visavis_tenant('devices');

-- A customer link. Its token is derived from id under the master key, so the
-- database alone opens nothing; see banks.LinkToken.
create table links (
  bank_id           uuid not null references banks,
  id                uuid not null,
  purpose           text not null,
  customer_id       uuid not null,
  identification_id uuid not null,
  call_id           uuid,             -- for purpose call
  created_at        timestamptz not null,
  expires_at        timestamptz not null,
  revoked_at        timestamptz,
  first_used_at     timestamptz,
  primary key (bank_id, id),
  foreign key (bank_id, customer_id) references customers (bank_id, id),
  constraint links_purpose_known check (purpose in ('visit', 'manage', 'call'))
);
create index links_id on links (id);  -- the visit page names only the link
create index links_identification on links (bank_id, identification_id);
call visavis_tenant('links', 'select, insert, update');
call visavis_worker_may('links', 'select');

create table customer_sessions (
  bank_id           uuid not null,
  id                uuid not null,
  token_hash        bytea not null,
  customer_id       uuid not null,
  identification_id uuid not null,
  scopes            text[] not null,  -- purposes of the links it was opened with
  proved_at         timestamptz,      -- the phone number was proved in this session
  created_at        timestamptz not null,
  expires_at        timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, customer_id) references customers (bank_id, id)
);
create index customer_sessions_token on customer_sessions (token_hash);
call visavis_tenant('customer_sessions');
call visavis_worker_may('customer_sessions', 'select');

-- Attempts counted against a limit (sign-in, link exchange, recovery), over
-- all nodes. Deliberately global: the caller is not known yet.
create table attempt_limits (
  key      bytea primary key,         -- SHA-256 of what is limited and for whom
  attempts timestamptz[] not null,    -- only those inside the window, oldest first
  until    timestamptz not null       -- the row can be deleted after this time
);
create index attempt_limits_until on attempt_limits (until);
grant select, insert, update, delete on attempt_limits to visavis_app, visavis_worker;

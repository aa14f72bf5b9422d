-- Push to iPhones (APNs) and browsers (Web Push), and to agents' browsers.

-- A device's address is what its provider's sender is handed. It is worked out
-- here, so that whoever queues a push reads one column whatever the provider:
--   fcm      the registration token
--   apns     environment:token[:voip_token]; an empty environment = the setting's
--   webpush  p256dh auth endpoint, with single spaces
alter table devices
  add column platform      text not null default 'android',
  add column environment   text not null default '',  -- apns: production, sandbox
  add column voip_token    text,                      -- apns: PushKit's, for rings
  add column p256dh        text not null default '',  -- webpush: the browser's public key
  add column auth          text not null default '',  -- webpush: the browser's secret; with it a push can be read, not sent
  add column registered_at timestamptz;               -- when the app last registered the token
update devices set registered_at = created_at;
alter table devices
  alter column registered_at set not null,
  add column address text not null generated always as (case provider
    when 'apns' then environment || ':' || token || coalesce(':' || voip_token, '')
    when 'webpush' then p256dh || ' ' || auth || ' ' || token
    else token end) stored,
  add constraint devices_platform_known check (platform in ('android', 'ios', 'web')),
  add constraint devices_platform_fits check (
    case provider when 'apns' then platform = 'ios' when 'webpush' then platform = 'web' else platform <> 'web' end),
  add constraint devices_environment_known check (environment in ('', 'production', 'sandbox')),
  add constraint devices_apns_only check (provider = 'apns' or (environment = '' and voip_token is null)),
  add constraint devices_webpush_keys check ((provider = 'webpush') = (p256dh <> '' and auth <> ''));

-- An agent's browser: told of an offer while nobody looks at the console.
create table agent_devices (
  bank_id       uuid not null,
  id            uuid not null,
  agent_id      uuid not null,
  endpoint      text not null,
  endpoint_hash bytea not null,          -- SHA-256 of endpoint
  p256dh        text not null,
  auth          text not null,
  locale        text not null,           -- of the words that the browser shows
  created_at    timestamptz not null,
  registered_at timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, agent_id) references agents (bank_id, id) on delete cascade,
  constraint agent_devices_endpoint_key unique (bank_id, endpoint_hash) -- a browser belongs to whoever signed in last
);
create index agent_devices_agent on agent_devices (bank_id, agent_id);
call visavis_tenant('agent_devices');

-- What an agent's browsers are still to be told: an outbox whose rows live as
-- long as what they tell of, seconds mostly. Nothing is kept of it: that an
-- offer was made is in the events.
create table agent_pushes (
  bank_id     uuid not null,
  id          uuid not null,
  device_id   uuid not null,
  type        text not null,             -- queue_offered
  about_id    uuid not null,
  path        text not null,             -- where a click leads
  attempts    integer not null default 0,
  due_at      timestamptz not null,      -- of a claimed one: the end of its lease
  expires_at  timestamptz not null,
  lease       uuid,
  primary key (bank_id, id),
  foreign key (bank_id, device_id) references agent_devices (bank_id, id) on delete cascade
);
create index agent_pushes_due on agent_pushes (due_at);
create index agent_pushes_about on agent_pushes (bank_id, about_id);
call visavis_tenant('agent_pushes');
call visavis_worker_may('agent_pushes', 'select, update, delete');

-- Package httpapi/verifyv2: the paths of Twilio Verify v2. Verifications, factors
-- and challenges themselves are package otp's.

-- A Service: rules that a bank's program chose for its verifications.
create table verify_services (
  bank_id       uuid not null references banks,
  id            uuid not null,        -- VA…
  friendly_name text not null,
  settings      jsonb not null,       -- verifyv2.serviceSettings
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  primary key (bank_id, id)
);
call visavis_tenant('verify_services');

-- An Entity: a customer as a Service's program names it.
create table verify_entities (
  bank_id     uuid not null references banks,
  id          uuid not null,          -- YE…
  service_id  uuid not null,
  identity    text not null,          -- the bank's own; also the customer's reference
  customer_id uuid not null,
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, service_id) references verify_services (bank_id, id),
  foreign key (bank_id, customer_id) references customers (bank_id, id),
  constraint verify_entities_identity_key unique (bank_id, service_id, identity)
);
call visavis_tenant('verify_entities');

-- Each creation of a Verification: the first starts it, later ones send it again
-- when its time has come.
create table verify_attempts (
  bank_id         uuid not null references banks,
  id              uuid not null,      -- VL…
  service_id      uuid not null,
  verification_id uuid not null,
  channel         text not null,      -- sms, call
  sends           integer not null,   -- of the verification, after it
  sent            boolean not null,   -- false: asked for before its time
  created_at      timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, service_id) references verify_services (bank_id, id)
);
create index verify_attempts_verification on verify_attempts (verification_id, bank_id);
create index verify_attempts_service on verify_attempts (bank_id, service_id, id);
call visavis_tenant('verify_attempts');

-- An Entity has an identity and no number: its customer has none either until the
-- bank gives it one. Nothing can be sent to such a customer by phone.
alter table customers
  drop constraint customers_phone_e164,
  add constraint customers_phone_e164 check (phone = '' or phone ~ '^\+[1-9][0-9]{6,14}$');

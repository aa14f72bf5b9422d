-- Package otp: proving possession of a number.

create table verifications (
  bank_id      uuid not null references banks,
  id           uuid not null,
  customer_id  uuid,
  phone        text not null,         -- E.164
  purpose      text not null,         -- visit, call, api, recover
  bound_to     uuid,                  -- what the code is good for only, such as the call
  channel      text not null default 'sms', -- the last that was asked for: sms, voice
  locale       text not null,
  time_zone    text not null,
  salt         bytea not null,
  code_mac     bytea not null,        -- HMAC-SHA-256 under a key derived from the master key
  code_sealed  bytea,                 -- so that a resend repeats the code; wiped at the end
  state        text not null default 'pending',
  checks       integer not null default 0,
  max_checks   integer not null,
  sends        integer not null default 1,
  next_send_at timestamptz not null,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  ended_at     timestamptz,
  reference    text,
  metadata     jsonb not null default '{}',
  primary key (bank_id, id),
  constraint verifications_state_known check (state in
    ('pending', 'approved', 'expired', 'max_attempts', 'cancelled')),
  constraint verifications_checks_bounded check (checks <= max_checks)
);
-- A second start within the code's life finds the first.
create unique index verifications_live on verifications
  (bank_id, phone, purpose, coalesce(bound_to, '00000000-0000-0000-0000-000000000000')) where state = 'pending';
create index verifications_expiring on verifications (expires_at) where state = 'pending';
call visavis_tenant('verifications', 'select, insert, update');
-- The sweep finds what nobody came back to, over all banks.
call visavis_worker_may('verifications', 'select (bank_id, id, state, expires_at)');

-- Checks that count against a subject, over all codes and nodes. A check is
-- counted before it is compared; a success gives its own count back.
create table otp_subjects (
  bank_id  uuid not null references banks,
  subject  bytea not null,            -- keyed hash of the canonical number, or of the customer's id
  failures timestamptz[] not null default '{}', -- those of the last 24 h
  total    integer not null default 0, -- all, until the number is bound anew
  primary key (bank_id, subject)
);
call visavis_tenant('otp_subjects');

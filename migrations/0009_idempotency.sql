-- Package httpapi: an answer that was given once is given again (24 h).

create table idempotency_keys (
  bank_id      uuid not null references banks,
  caller       uuid not null,         -- API key, agent or customer session
  key          text not null,
  request_hash bytea not null,        -- of method, path and body
  status       integer not null,
  response     bytea not null,        -- sealed under the master key; without secrets that are shown once
  content_type text not null,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  primary key (bank_id, caller, key)
);
create index idempotency_keys_expired on idempotency_keys (expires_at);
call visavis_tenant('idempotency_keys');
call visavis_worker_may('idempotency_keys', 'select, delete'); -- the sweep of what has expired

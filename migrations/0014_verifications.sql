-- Package otp in depth: ways besides the code by SMS, workflows, what a code is
-- linked to, limits in one row, factors, settings and verified sessions.

alter table verifications
  drop constraint verifications_state_known,
  add constraint verifications_state_known check (state in
    ('pending', 'approved', 'expired', 'max_attempts', 'cancelled', 'failed', 'denied')),
  add column reason      text not null default '',   -- why it failed: link_mismatch, number_mismatch, blocked_by_policy
  add column digits      integer not null default 6,
  add column subjects    bytea[],                    -- keys of otp_subjects that its failures count against; null: of before this file
  add column ways        text[] not null default '{}', -- that may be used, the first first
  add column waits       integer[] not null default '{}', -- seconds until the next of ways, 0 = never by itself
  add column step        integer not null default 0, -- index into ways of the one last used by the workflow
  add column step_due_at timestamptz,                -- when otp.Run goes on with it
  add column risk        text not null default '',   -- 'ask': the bank's hook decides before anything goes by phone
  add column amount      text,                       -- dynamic linking (RTS Art. 5), in canonical form
  add column currency    text,
  add column payee       text,
  add column link        bytea,                      -- keyed hash of the three
  add column factor_id   uuid,                       -- that a push or TOTP is bound to
  add column number      integer,                    -- number matching: shown by the page
  add column numbers     integer[],                  -- shown on the device
  add column scopes      text[],                     -- of the verified session that approval gives
  add column minutes     integer,                    -- its life
  add column events      integer,                    -- how many events it has; null: of before this file, counted in event_sequences
  -- Every insert locked its bank's row for this check, as with messages (0011).
  drop constraint verifications_bank_id_fkey,
  add constraint verifications_digits_bounded check (digits between 4 and 10);
alter table verifications alter column events set default 0;
alter table verifications set (fillfactor = 75);
drop index verifications_live;
create unique index verifications_live on verifications (bank_id, phone, purpose,
  coalesce(bound_to, '00000000-0000-0000-0000-000000000000'), coalesce(factor_id, '00000000-0000-0000-0000-000000000000')) where state = 'pending';
create index verifications_due on verifications (step_due_at) where step_due_at is not null;
create index verifications_customer on verifications (customer_id, bank_id, id) where customer_id is not null;
-- Not by bank first: a plan made while the table was empty took this index for a
-- look-up by id, and walked all of the bank's.
drop index verifications_phone;
create index verifications_phone on verifications (phone, bank_id, created_at);
grant select (step_due_at) on verifications to visavis_worker; -- otp.Run finds what is due, over all banks

-- One row a subject holds everything that is limited for it, so that a send and
-- a check each lock and write one row.
alter table otp_subjects
  add column sends  timestamptz[] not null default '{}', -- codes sent by phone in the last 24 h
  add column voice  timestamptz[] not null default '{}', -- of them calls, in the last hour
  add column pushes timestamptz[] not null default '{}', -- that nobody has answered, newest last
  add column alerted_at timestamptz,                     -- verification.locked was told
  drop constraint otp_subjects_bank_id_fkey,
  set (fillfactor = 70);

create table otp_settings (
  bank_id    uuid not null references banks,
  settings   jsonb not null,          -- otp.Settings, without secrets
  hook_secret bytea,                  -- of the risk hook, sealed
  updated_at timestamptz not null,
  primary key (bank_id)
);
call visavis_tenant('otp_settings', 'select, insert, update');

-- What a customer holds besides a number: a device with a signing key, or an
-- authenticator app.
create table otp_factors (
  bank_id      uuid not null references banks,
  id           uuid not null,
  customer_id  uuid not null,
  kind         text not null,         -- push, totp
  state        text not null default 'unverified',
  name         text not null default '',
  device_id    uuid,                  -- push: where it is asked; null = every device of the customer
  public_key   bytea,                 -- push: P-256, DER SubjectPublicKeyInfo
  challenge    bytea,                 -- push: to be signed once, as proof of possession
  seed         bytea,                 -- totp: 160 bits, sealed under the master key
  last_counter bigint not null default -1, -- totp: the last step that was accepted; none is twice
  tries        integer not null default 0, -- confirmations that failed
  metadata     jsonb not null default '{}',
  created_at   timestamptz not null,
  confirmed_at timestamptz,
  last_used_at timestamptz,
  primary key (bank_id, id),
  foreign key (bank_id, customer_id) references customers (bank_id, id),
  constraint otp_factors_kind_known check (kind in ('push', 'totp')),
  constraint otp_factors_state_known check (state in ('unverified', 'active')),
  constraint otp_factors_has_key check (case kind when 'push' then public_key is not null else seed is not null end)
);
create index otp_factors_customer on otp_factors (bank_id, customer_id);
call visavis_tenant('otp_factors');

-- A verified session can be revoked by its jti; the token itself is signed.
create table verified_sessions (
  bank_id         uuid not null references banks,
  id              uuid not null,      -- jti
  customer_id     uuid not null,
  verification_id uuid not null,
  scopes          text[] not null,
  amr             text[] not null,    -- the ways that proved it
  created_at      timestamptz not null,
  expires_at      timestamptz not null,
  revoked_at      timestamptz,
  primary key (bank_id, id)
);
create index verified_sessions_customer on verified_sessions (bank_id, customer_id);
call visavis_tenant('verified_sessions', 'select, insert, update, delete');

-- Checks a minute and bank, for the breaker against spraying and the hourly
-- budget of sends. Nodes add what they counted about once a second, each to a
-- row of its own, so that no two wait for each other.
create table otp_meters (
  bank_id  uuid not null references banks,
  minute   timestamptz not null,
  node     uuid not null,
  sends    integer not null default 0,
  failures integer not null default 0,
  passes   integer not null default 0,
  primary key (bank_id, minute, node)
);
call visavis_tenant('otp_meters');

-- When a customer's number changed: codes to the new one wait (otp.Settings).
alter table customers add column phone_changed_at timestamptz;
create function visavis_phone_changed() returns trigger language plpgsql as $$
begin
  new.phone_changed_at := new.updated_at;
  return new;
end $$;
create trigger customers_phone_changed before update of phone on customers
  for each row when (old.phone is distinct from new.phone) execute function visavis_phone_changed();

-- events.AppendNumberedTx, for functions that must not cost a round trip more.
-- Returns whether a webhook delivery was queued. A test of package otp holds what
-- it writes against what events writes.
create function visavis_event(p_bank uuid, p_id uuid, p_type text, p_object text, p_object_id uuid, p_sequence integer,
  p_actor_kind text, p_actor uuid, p_at timestamptz, p_body text) returns boolean
  language plpgsql as $$
begin
  insert into events (bank_id, id, type, object_type, object_id, sequence, actor_kind, actor_id, at, body)
  values (p_bank, p_id, p_type, p_object, p_object_id, p_sequence, p_actor_kind, p_actor, p_at, p_body);
  insert into webhook_deliveries (bank_id, id, endpoint_id, event_id, due_at, created_at)
  select p_bank, (left(p_id::text, 15) || substr(gen_random_uuid()::text, 16))::uuid, e.id, p_id, p_at, p_at
  from webhook_endpoints e
  where e.bank_id = p_bank and e.state = 'enabled' and (e.types = '{}' or p_type = any(e.types));
  return found;
end $$;

-- What happened to a verification (p_of), as its event number p_sequence.
create function visavis_otp_event(p_bank uuid, p_of uuid, p_sequence integer, p_type text,
  p_purpose text, p_state text, p_channel text, p_customer uuid, p_bound uuid, p_reason text,
  p_id uuid, p_actor_kind text, p_actor uuid, p_at timestamptz, p_stamp text) returns boolean
  language plpgsql as $$
begin
  return visavis_event(p_bank, p_id, p_type, 'verification', p_of, p_sequence, p_actor_kind, p_actor, p_at,
    '{"id":"' || p_id || '","type":"' || p_type || '","timestamp":"' || p_stamp || '","sequence":' || p_sequence
    || ',"object":{"type":"verification","id":"' || p_of || '"},"data":{"purpose":' || to_json(p_purpose)::text
    || ',"state":"' || p_state || '","channel":"' || p_channel || '"'
    || coalesce(',"customer_id":"' || p_customer || '"', '') || coalesce(',"bound_to":"' || p_bound || '"', '')
    || case p_reason when '' then '' else ',"reason":"' || p_reason || '"' end || '}}');
end $$;

-- Counts a code sent by phone to a subject; false when a limit is reached (then
-- nothing is counted). limits: failures a day, failures ever, sends in 10
-- minutes, sends a day, calls an hour.
create function visavis_otp_send(p_bank uuid, p_subject bytea, p_voice boolean, p_now timestamptz, p_limits integer[]) returns boolean
  language plpgsql as $$
begin
  insert into otp_subjects as o (bank_id, subject, sends, voice)
  values (p_bank, p_subject, array[p_now], case when p_voice then array[p_now] else '{}'::timestamptz[] end)
  on conflict (bank_id, subject) do update set
    sends = array(select t from unnest(o.sends) t where t > p_now - interval '24 hours') || p_now,
    voice = case when p_voice then array(select t from unnest(o.voice) t where t > p_now - interval '1 hour') || p_now else o.voice end
  where o.total < p_limits[2]
    and (o.failures = '{}' or (select count(*) from unnest(o.failures) t where t > p_now - interval '24 hours') < p_limits[1])
    and (o.sends = '{}' or (select count(*) filter (where t > p_now - interval '10 minutes') < p_limits[3]
      and count(*) filter (where t > p_now - interval '24 hours') < p_limits[4] from unnest(o.sends) t))
    and (not p_voice or o.voice = '{}' or (select count(*) from unnest(o.voice) t where t > p_now - interval '1 hour') < p_limits[5]);
  return found;
end $$;

-- A verification to start.
create type visavis_otp_new as (
  bank_id uuid, id uuid, customer_id uuid, phone text, purpose text, bound_to uuid, channel text, locale text, time_zone text,
  code_mac bytea, code_sealed bytea, max_checks integer, sends integer, next_send_at timestamptz, created_at timestamptz, expires_at timestamptz,
  reference text, metadata jsonb, digits integer, subjects bytea[], ways text[], waits integer[], step_due_at timestamptz, risk text,
  amount text, currency text, payee text, link bytea, factor_id uuid, number integer, numbers integer[], scopes text[], minutes integer);

-- Starts a verification: 'live' when one of the same number, purpose and binding
-- is there (it is then the caller's to look at), 'refused' when a limit is
-- reached; nothing is written then. With p_raise both raise VS001, for a batch
-- that must not go on. p_counts: a code goes by phone now, and counts.
create function visavis_otp_start(p visavis_otp_new, p_counts boolean, p_limits integer[], p_raise boolean,
  p_event uuid, p_actor_kind text, p_actor uuid, p_stamp text) returns text
  language plpgsql as $$
declare
  outcome text := 'live';
begin
  if exists (select from verifications where bank_id = p.bank_id and phone = p.phone and purpose = p.purpose
      and (state = 'pending' or state = 'max_attempts' and expires_at > p.created_at)
      and bound_to is not distinct from p.bound_to and factor_id is not distinct from p.factor_id) then
    null;
  elsif p_counts and cardinality(p.subjects) > 1 and exists (
      select from otp_subjects o where bank_id = p.bank_id and subject = any(p.subjects[2:])
      and (o.total >= p_limits[2] or (select count(*) from unnest(o.failures) t where t > p.created_at - interval '24 hours') >= p_limits[1])) then
    outcome := 'refused';
  elsif p_counts and not visavis_otp_send(p.bank_id, p.subjects[1], p.channel = 'voice', p.created_at, p_limits) then
    outcome := 'refused';
  else
    insert into verifications (bank_id, id, customer_id, phone, purpose, bound_to, channel, locale, time_zone, salt, code_mac, code_sealed,
      max_checks, sends, next_send_at, created_at, expires_at, reference, metadata, digits, subjects, ways, waits, step_due_at, risk,
      amount, currency, payee, link, factor_id, number, numbers, scopes, minutes, events)
    values (p.bank_id, p.id, p.customer_id, p.phone, p.purpose, p.bound_to, p.channel, p.locale, p.time_zone, '', p.code_mac, p.code_sealed,
      p.max_checks, p.sends, p.next_send_at, p.created_at, p.expires_at, p.reference, p.metadata, p.digits, p.subjects, p.ways, p.waits, p.step_due_at, p.risk,
      p.amount, p.currency, p.payee, p.link, p.factor_id, p.number, p.numbers, p.scopes, p.minutes, 1)
    on conflict do nothing;
    if found then
      return case when visavis_otp_event(p.bank_id, p.id, 1, 'verification.started', p.purpose, 'pending', p.channel, p.customer_id, p.bound_to, '',
        p_event, p_actor_kind, p_actor, p.created_at, p_stamp) then 'queued' else 'started' end;
    end if;
    if p_counts then -- another began the same meanwhile
      update otp_subjects set sends = array_remove(sends, p.created_at), voice = array_remove(voice, p.created_at)
      where bank_id = p.bank_id and subject = p.subjects[1];
    end if;
  end if;
  if p_raise then
    raise exception 'verification not started: %', outcome using errcode = 'VS001';
  end if;
  return outcome;
end $$;

-- Checks a code. The verification, then its subjects in a fixed order, are
-- locked, so that of any number of checks at once, on any node and over all codes
-- of a subject, each sees what the ones before it counted. Then one statement
-- counts the check and writes what comparing gave: nobody learns of a comparison
-- that was not counted, because the answer is given only after the commit.
-- Comparing in SQL takes no constant time, and need not: what is compared is a
-- keyed hash, of which a caller can neither choose nor predict a single bit.
--
-- p_macs: the code's hash under the current and previous keys; p_links likewise
-- of what it is linked to, null when the caller named nothing.
create function visavis_otp_check(p_bank uuid, p_id uuid, p_bound uuid, p_purpose text, p_digits integer, p_macs bytea[], p_links bytea[],
  p_now timestamptz, p_limits integer[], p_event uuid, p_actor_kind text, p_actor uuid, p_stamp text,
  out outcome text, out queued boolean, out o_state text, out o_reason text, out o_left integer, out o_next timestamptz, out o_expires timestamptz,
  out o_created timestamptz, out o_customer uuid, out o_channel text, out o_scopes text[], out o_minutes integer, out o_sends integer)
  language plpgsql as $$
declare
  v record; -- not the whole row: copying forty columns about took as long as the rest
  k bytea;
  ever integer;
  recent integer;
  most integer;
begin
  queued := false;
  select id, state, reason, bound_to, purpose, expires_at, subjects, link, ways, code_mac, digits, checks, max_checks, events,
      next_send_at, created_at, customer_id, channel, scopes, minutes, sends into v
    from verifications where bank_id = p_bank and id = p_id for update;
  o_state := v.state;
  outcome := case
    when v.id is null or v.bound_to is distinct from p_bound or p_purpose <> '' and v.purpose <> p_purpose then 'not_found'
    when v.state <> 'pending' then 'ended'
    when v.expires_at <= p_now or v.subjects is null then 'expired'
    when v.link is not null and p_links is null then 'link_missing'
    when v.link is null and p_links is not null then 'link_unexpected'
    when 'totp' = any(v.ways) then 'totp'
    when v.code_mac = '' then 'no_code'
    when v.digits <> p_digits then 'digits' end;
  o_left := v.digits; -- what the refusal names
  if outcome is not null then
    return;
  end if;
  -- A stranger can start a recovery: of what a subject may fail it gets half, so
  -- that the other half is left to whom the bank or a link vouches for.
  most := case when v.purpose = 'recover' then p_limits[1] / 2 else p_limits[1] end;
  foreach k in array v.subjects loop
    select o.total, case when o.failures = '{}' then 0 else (select count(*) from unnest(o.failures) t where t > p_now - interval '24 hours') end
      into ever, recent from otp_subjects o where o.bank_id = p_bank and o.subject = k for update;
    if not found then -- forgotten by Rebind meanwhile
      insert into otp_subjects (bank_id, subject) values (p_bank, k) on conflict do nothing;
    elsif ever >= p_limits[2] or recent >= most then
      outcome := 'locked';
      return;
    end if;
  end loop;
  v.checks := v.checks + 1;
  if v.link is not null and not v.link = any(p_links) then
    v.state := 'failed';
    v.reason := 'link_mismatch';
  elsif v.code_mac = any(p_macs) then
    v.state := 'approved';
  elsif v.checks >= v.max_checks then
    v.state := 'max_attempts';
  end if;
  if v.state = 'pending' then
    update verifications set checks = v.checks where bank_id = p_bank and id = p_id;
  else
    v.events := v.events + 1;
    update verifications set checks = v.checks, state = v.state, reason = v.reason, ended_at = p_now, events = v.events,
      code_sealed = null, code_mac = '', salt = '', step_due_at = null where bank_id = p_bank and id = p_id;
    queued := visavis_otp_event(p_bank, p_id, v.events, case v.state when 'approved' then 'verification.approved' else 'verification.failed' end,
      v.purpose, v.state, v.channel, v.customer_id, v.bound_to, v.reason, p_event, p_actor_kind, p_actor, p_now, p_stamp);
  end if;
  if v.state <> 'approved' then
    update otp_subjects set total = total + 1,
      failures = array(select t from unnest(failures) t where t > p_now - interval '24 hours') || p_now
    where bank_id = p_bank and subject in (select unnest(v.subjects));
  end if;
  outcome := 'done';
  o_state := v.state; o_reason := v.reason; o_left := v.max_checks - v.checks; o_next := v.next_send_at; o_expires := v.expires_at;
  o_created := v.created_at; o_customer := v.customer_id; o_channel := v.channel; o_scopes := v.scopes; o_minutes := v.minutes; o_sends := v.sends;
end $$;

-- Packages otp and channels: less work on the hot path.

-- Queues an event, which is appended already, for the endpoints that want it.
-- Returns whether there is one. Statements that append events themselves call it
-- when the bank has an enabled endpoint: most have none or one, and opening the
-- table costs as much as a row.
create function visavis_tell(p_bank uuid, p_event uuid, p_type text, p_at timestamptz) returns boolean
  language plpgsql as $$
begin
  insert into webhook_deliveries (bank_id, id, endpoint_id, event_id, due_at, created_at)
  select p_bank, (left(p_event::text, 15) || substr(gen_random_uuid()::text, 16))::uuid, e.id, p_event, p_at, p_at
  from webhook_endpoints e
  where e.bank_id = p_bank and e.state = 'enabled' and (e.types = '{}' or p_type = any(e.types));
  return found;
end $$;

-- Undoes a start that another has overtaken: see startFastSQL in package otp.
create function visavis_otp_overtaken() returns boolean
  language plpgsql as $$
begin
  raise exception 'verification not started: another has' using errcode = 'VS001';
end $$;

-- As in 0025, with less of the interpreter: plain variables instead of a record,
-- the event written here instead of two functions down. Every lock, count and
-- comparison is as it was, in the same order.
create or replace function visavis_otp_check(p_bank uuid, p_id uuid, p_bound uuid, p_purpose text, p_digits integer, p_macs bytea[], p_links bytea[],
  p_now timestamptz, p_limits integer[], p_event uuid, p_actor_kind text, p_actor uuid, p_stamp text,
  out outcome text, out queued boolean, out o_state text, out o_reason text, out o_left integer, out o_next timestamptz, out o_expires timestamptz,
  out o_created timestamptz, out o_customer uuid, out o_channel text, out o_scopes text[], out o_minutes integer, out o_sends integer)
  language plpgsql as $$
declare
  v_subjects bytea[];
  v_link bytea;
  v_mac bytea;
  v_purpose text;
  v_bound uuid;
  v_checks integer;
  v_most integer;
  v_events integer;
  v_type text;
  k bytea;
  ever integer;
  recent integer;
  most integer;
begin
  queued := false;
  select state, reason, bound_to, purpose, subjects, link, code_mac, digits, checks, max_checks, events,
      next_send_at, expires_at, created_at, customer_id, channel, scopes, minutes, sends,
      case
        when bound_to is distinct from p_bound or p_purpose <> '' and purpose <> p_purpose then 'not_found'
        when state <> 'pending' then 'ended'
        when expires_at <= p_now or subjects is null then 'expired'
        when link is not null and p_links is null then 'link_missing'
        when link is null and p_links is not null then 'link_unexpected'
        when 'totp' = any(ways) then 'totp'
        when code_mac = '' then 'no_code'
        -- Drawn, but not sent by phone: the workflow stands before it, or the bank's hook has not let it go.
        when sends = 0 or risk in ('ask', 'deny') or not (channel in ('sms', 'voice', 'flash') or ways[1:step + 1] && '{sms,voice,flash}') then 'no_code'
        when digits <> p_digits then 'digits' end
    into o_state, o_reason, v_bound, v_purpose, v_subjects, v_link, v_mac, o_left, v_checks, v_most, v_events,
      o_next, o_expires, o_created, o_customer, o_channel, o_scopes, o_minutes, o_sends, outcome
    from verifications where bank_id = p_bank and id = p_id for update;
  if not found then
    outcome := 'not_found';
  end if;
  if outcome is not null then -- o_left is how many digits the code has
    return;
  end if;
  -- A stranger can start a recovery: of what a subject may fail it gets half, so
  -- that the other half is left to whom the bank or a link vouches for.
  most := case when v_purpose = 'recover' then p_limits[1] / 2 else p_limits[1] end;
  foreach k in array v_subjects loop
    select o.total, case when o.failures = '{}' then 0 else (select count(*) from unnest(o.failures) t where t > p_now - interval '24 hours') end
      into ever, recent from otp_subjects o where o.bank_id = p_bank and o.subject = k for update;
    if not found then -- forgotten by Rebind meanwhile
      insert into otp_subjects (bank_id, subject) values (p_bank, k) on conflict do nothing;
    elsif ever >= p_limits[2] or recent >= most then
      outcome := 'locked';
      return;
    end if;
  end loop;
  v_checks := v_checks + 1;
  if v_link is not null and not v_link = any(p_links) then
    o_state := 'failed';
    o_reason := 'link_mismatch';
  elsif v_mac = any(p_macs) then
    o_state := 'approved';
  elsif v_checks >= v_most then
    o_state := 'max_attempts';
  end if;
  if o_state = 'pending' then
    update verifications set checks = v_checks where bank_id = p_bank and id = p_id;
  else
    v_events := v_events + 1;
    update verifications set checks = v_checks, state = o_state, reason = o_reason, ended_at = p_now, events = v_events,
      code_sealed = null, code_mac = '', salt = '', step_due_at = null where bank_id = p_bank and id = p_id;
    v_type := case o_state when 'approved' then 'verification.approved' else 'verification.failed' end;
    insert into events (bank_id, id, type, object_type, object_id, sequence, actor_kind, actor_id, at, body)
    values (p_bank, p_event, v_type, 'verification', p_id, v_events, p_actor_kind, p_actor, p_now,
      '{"id":"' || p_event || '","type":"' || v_type || '","timestamp":"' || p_stamp || '","sequence":' || v_events
      || ',"object":{"type":"verification","id":"' || p_id || '"},"data":{"purpose":' || to_json(v_purpose)::text
      || ',"state":"' || o_state || '","channel":"' || o_channel || '"'
      || coalesce(',"customer_id":"' || o_customer || '"', '') || coalesce(',"bound_to":"' || v_bound || '"', '')
      || case o_reason when '' then '' else ',"reason":"' || o_reason || '"' end || '}}');
    perform from webhook_endpoints where bank_id = p_bank and state = 'enabled' limit 1;
    if found then
      queued := visavis_tell(p_bank, p_event, v_type, p_now);
    end if;
  end if;
  if o_state <> 'approved' then
    update otp_subjects set total = total + 1,
      failures = array(select t from unnest(failures) t where t > p_now - interval '24 hours') || p_now
    where bank_id = p_bank and subject in (select unnest(v_subjects));
  end if;
  outcome := 'done';
  o_left := v_most - v_checks;
end $$;

-- Texts from customers that came in lately, over all banks: an SMSC that did not
-- get our answer delivers again, and deliver_sm has no id. The window begins with
-- the first of them; time cut into pieces would take one that comes again across
-- a cut for another. Deliberately global, as smpp_fragments; swept.
create table smpp_inbound (
  provider text not null,
  source   bytea not null,               -- MAC of sender, recipient, reference and octets
  id       uuid not null,                -- what the text is known by
  at       timestamptz not null,         -- of the first
  primary key (provider, source)
);
create index smpp_inbound_at on smpp_inbound (at);
grant select, insert, update, delete on smpp_inbound to visavis_worker;

-- The checks that 0023 took off. A constraint costs its start, once a statement:
-- joined to the one that a table has already they cost nothing that could be
-- measured. In the server's processor time for starting a verification with its
-- message (193 µs; least of 7 x 250, median of five runs): with these of
-- verifications 190, with that of events as before (230 and 230 at another hour),
-- with the one of messages +9. A request takes about 1 ms of both sides.
alter table verifications
  drop constraint verifications_checks_bounded,
  add constraint verifications_sound check (checks <= max_checks and digits between 4 and 10
    and state in ('pending', 'approved', 'expired', 'max_attempts', 'cancelled', 'failed', 'denied'));
alter table messages add constraint messages_sound check (class in ('security', 'ring', 'transaction', 'reminder', 'notice')
  and state in ('accepted', 'sent', 'delivered', 'undelivered', 'expired', 'cancelled'));
alter table events add constraint events_type_shape check (type ~ '^[a-z_]+\.[a-z_]+$');

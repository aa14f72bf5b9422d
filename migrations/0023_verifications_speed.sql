-- Package otp: the same with less work. What starting a verification costs the
-- database was the executor's start of each statement, not its rows.

-- A check constraint is read from its stored text and planned anew by every
-- statement that writes the table (about 12 µs each, as much as a row): off the
-- tables that every request writes. The states and classes are constants of the
-- Go code and of the functions here; events.Append* hold the shape of a type.
-- That checks stay within max_checks is held by the database still.
alter table verifications
  drop constraint verifications_state_known,
  drop constraint verifications_digits_bounded;
alter table messages
  drop constraint messages_class_known,
  drop constraint messages_state_known;
alter table events drop constraint events_type_shape;

-- As before; the endpoints are looked for first: most banks have one or none.
create or replace function visavis_event(p_bank uuid, p_id uuid, p_type text, p_object text, p_object_id uuid, p_sequence integer,
  p_actor_kind text, p_actor uuid, p_at timestamptz, p_body text) returns boolean
  language plpgsql as $$
begin
  insert into events (bank_id, id, type, object_type, object_id, sequence, actor_kind, actor_id, at, body)
  values (p_bank, p_id, p_type, p_object, p_object_id, p_sequence, p_actor_kind, p_actor, p_at, p_body);
  perform from webhook_endpoints where bank_id = p_bank and state = 'enabled' limit 1;
  if not found then
    return false;
  end if;
  insert into webhook_deliveries (bank_id, id, endpoint_id, event_id, due_at, created_at)
  select p_bank, (left(p_id::text, 15) || substr(gen_random_uuid()::text, 16))::uuid, e.id, p_id, p_at, p_at
  from webhook_endpoints e
  where e.bank_id = p_bank and e.state = 'enabled' and (e.types = '{}' or p_type = any(e.types));
  return found;
end $$;

-- As before; a number's first code is one plain insert. The conflict waits for
-- whoever holds the row, so the update sees what was counted meanwhile.
create or replace function visavis_otp_send(p_bank uuid, p_subject bytea, p_voice boolean, p_now timestamptz, p_limits integer[]) returns boolean
  language plpgsql as $$
begin
  if p_voice then
    insert into otp_subjects (bank_id, subject, sends, voice) values (p_bank, p_subject, array[p_now], array[p_now]) on conflict (bank_id, subject) do nothing;
  else
    insert into otp_subjects (bank_id, subject, sends) values (p_bank, p_subject, array[p_now]) on conflict (bank_id, subject) do nothing;
  end if;
  if found then
    return true;
  end if;
  update otp_subjects o set
    sends = array(select t from unnest(o.sends) t where t > p_now - interval '24 hours') || p_now,
    voice = case when p_voice then array(select t from unnest(o.voice) t where t > p_now - interval '1 hour') || p_now else o.voice end
  where o.bank_id = p_bank and o.subject = p_subject and o.total < p_limits[2]
    and (o.failures = '{}' or (select count(*) from unnest(o.failures) t where t > p_now - interval '24 hours') < p_limits[1])
    and (o.sends = '{}' or (select count(*) filter (where t > p_now - interval '10 minutes') < p_limits[3]
      and count(*) filter (where t > p_now - interval '24 hours') < p_limits[4] from unnest(o.sends) t))
    and (not p_voice or o.voice = '{}' or (select count(*) from unnest(o.voice) t where t > p_now - interval '1 hour') < p_limits[5]);
  return found;
end $$;

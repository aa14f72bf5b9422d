-- Package otp: a code that was drawn for a later way of a workflow was accepted
-- before anybody was told it. Such a check is refused as one of a verification
-- without code (no_code), and counts nothing: nothing is compared.
create or replace function visavis_otp_check(p_bank uuid, p_id uuid, p_bound uuid, p_purpose text, p_digits integer, p_macs bytea[], p_links bytea[],
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
      next_send_at, created_at, customer_id, channel, scopes, minutes, sends, step, risk into v
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
    -- Drawn, but not sent by phone: the workflow stands before it, or the bank's hook has not let it go.
    when v.sends = 0 or v.risk in ('ask', 'deny') or not (v.channel in ('sms', 'voice', 'flash') or v.ways[1:v.step + 1] && '{sms,voice,flash}') then 'no_code'
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

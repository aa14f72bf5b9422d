-- As visavis_cap_take of 0012, by when a message is due rather than when it was
-- accepted: one for March takes nothing of today's, and many that are accepted on
-- many days for the same one are counted. False when some window of the length
-- per that holds the moment due would have more than most. What is older than per
-- is forgotten. In the caller's transaction: a rollback gives it back.
create function visavis_cap_take(bank uuid, who text, what text, most integer, per interval, due timestamptz, at timestamptz) returns boolean
  language plpgsql as $$
begin
  insert into message_caps as c (bank_id, subject, class, times) values (bank, who, what, array[due])
  on conflict (bank_id, subject, class) do update
    set times = array(select t from unnest(c.times) t where t > at - per order by t) || due
    where not exists (
      select from (
        select t, count(*) over (order by t range between current row and per - interval '1 microsecond' following) as told
        from unnest(c.times || due) t where t > due - per and t < due + per) as within
      where t <= due and told > most);
  return found;
end $$;

-- Package scheduling: a booking by one statement, and what it looks for by an index.

-- Whether a case missed a call before, and which bookings its recovery is of: few
-- are missed, and without an index every booking walked all of the bank.
create index bookings_missed on bookings (bank_id, identification_id) where state = 'missed';

-- Who looks for what touches a time begins to look as long before it as the
-- longest booking lasts. That is two hours; the few that last longer are found here.
create index bookings_long on bookings (bank_id, occupied_from) include (occupied_to, place_id, id)
  where state in ('held', 'confirmed', 'due') and occupied_to - occupied_from > interval '2 hours';

-- That the bank exists follows from the customer, who is of the same bank. Each
-- link locked the one row of the bank besides.
alter table links drop constraint links_bank_id_fkey;

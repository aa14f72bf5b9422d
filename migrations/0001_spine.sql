-- What every later file leans on: the bank of the transaction, and the two
-- procedures that make a table a tenant table.
--
-- The roles visavis_app and visavis_worker are made by postgres.Migrate before
-- this file runs, because roles belong to the whole cluster.

create extension if not exists btree_gist;

-- The bank that postgres.InBank set for this transaction. NULL when none is
-- set, so that every policy below then shows and accepts nothing.
create function visavis_bank() returns uuid
  language sql stable parallel safe
  as $$ select nullif(current_setting('visavis.bank_id', true), '')::uuid $$;

-- visavis_tenant('t', 'select, insert') forces row-level security on a table
-- and lets visavis_app do what is named, within its bank.
create procedure visavis_tenant(t regclass, privileges text default 'select, insert, update, delete')
  language plpgsql as $$
begin
  execute format('alter table %s enable row level security', t);
  execute format('alter table %s force row level security', t);
  execute format('create policy bank on %s to visavis_app using (bank_id = visavis_bank()) with check (bank_id = visavis_bank())', t);
  execute format('grant %s on %s to visavis_app', privileges, t);
end $$;

-- visavis_worker_may('t', 'select, update') opens a table to visavis_worker
-- over all banks: only for claiming hot queues and for finding the bank of a
-- key, session, link, sign-in, callback or inbound number.
create procedure visavis_worker_may(t regclass, privileges text)
  language plpgsql as $$
begin
  execute format('create policy worker on %s to visavis_worker using (true) with check (true)', t);
  execute format('grant %s on %s to visavis_worker', privileges, t);
end $$;

grant usage on schema public to visavis_app, visavis_worker;

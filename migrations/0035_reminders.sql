-- Package scheduling: reminders that are due at one moment.

-- They are looked for from the last one on, not from the first each time: what
-- was worked leaves dead entries in front, which a search walks over until a
-- vacuum. And with the id all entries differ, so that a dead one is marked as
-- such by itself and not only with all others of its time.
create index due_times_after on due_times (kind, due_at, id);
drop index due_times_due;

-- As of messages and events in 0011: each link locked the row of its bank, which
-- is the same one for all, and two at a time make a multixact of it. The customer
-- of a link belongs to the bank: that key stays.
alter table links drop constraint if exists links_bank_id_fkey;

-- Package ivr: since when the provider has shown nothing of a call of unknown
-- outcome, when asked; null in every other state.
alter table phone_calls add column unseen_at timestamptz;

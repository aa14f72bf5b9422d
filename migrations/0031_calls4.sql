-- A page that waits asks for its place each 5 s: by its case, however many wait or have waited.
create index queue_entries_case on queue_entries (bank_id, identification_id, id);

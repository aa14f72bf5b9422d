-- Package channels: what was taken back stays so. Before this, only a message
-- whose purpose was met was marked (met_at); one that was cancelled while a step
-- of it was out went on with its ladder, and what a provider had put off was
-- sent again.
alter table messages add column stopped_at timestamptz; -- it was met or cancelled: nothing more of it is handed over

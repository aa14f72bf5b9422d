-- Whether the customer may have a delivery twice: null = no; possible = the
-- outcome of an attempt never became known, and it was handed over again;
-- certain = the provider has two of it. One constraint for the row: its cost is
-- its start, once a statement.
alter table deliveries
  add column duplicate text,
  drop constraint deliveries_state_known,
  add constraint deliveries_known check (state in
    ('pending', 'sending', 'unknown', 'sent', 'delivered', 'undelivered', 'failed', 'expired', 'cancelled')
    and duplicate in ('possible', 'certain'));

-- Tickets of branches are removed some days after their day.
create index tickets_old on tickets (created_at);
call visavis_worker_may('tickets', 'select, delete');
call visavis_worker_may('ticket_numbers', 'select, delete');

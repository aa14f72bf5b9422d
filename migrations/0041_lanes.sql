-- What is due of messages, by priority: each has a loop that claims by an index
-- of its own, so that nothing waits behind what matters less (channels/run.go).
drop index messages_due;
create index messages_due_transaction on messages (due_at) where due_at is not null and class = 'transaction';
create index messages_due_reminder on messages (due_at) where due_at is not null and class = 'reminder';
create index messages_due_notice on messages (due_at) where due_at is not null and class = 'notice';
drop index deliveries_due;
create index deliveries_due_transaction on deliveries (due_at) where state in ('pending', 'sending', 'unknown') and class = 'transaction';
create index deliveries_due_reminder on deliveries (due_at) where state in ('pending', 'sending', 'unknown') and class = 'reminder';
create index deliveries_due_notice on deliveries (due_at) where state in ('pending', 'sending', 'unknown') and class = 'notice';

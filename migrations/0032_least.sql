-- What visavis_worker may do with phone calls: claim them, not more. What a call
-- remembers, what was said and the numbers stay a bank's alone to write.
revoke update on phone_calls from visavis_worker;
grant update (lease, lease_until, due_at, attempts, tried_at, state) on phone_calls to visavis_worker;
revoke select, update on phone_recordings from visavis_worker;
grant select (bank_id, id, provider_id, state, due_at, attempts), update (due_at, attempts) on phone_recordings to visavis_worker;

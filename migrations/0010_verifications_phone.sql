-- Package otp: a start looks for a living verification of the same number. Without
-- this it walked all of the bank's (1.8 ms at 4,000 of them, and more with each).
create index verifications_phone on verifications (bank_id, phone, created_at);

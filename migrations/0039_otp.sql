-- Package otp judges a check by one statement of its own (checksSQL), for one
-- and for many: these two said the same twice.
drop function visavis_otp_check(uuid, uuid, uuid, text, integer, bytea[], bytea[], timestamptz, integer[], uuid, text, uuid, text);
drop function visavis_otp_checks(uuid, uuid[], uuid[], text[], integer[], bytea[], timestamptz[], integer[], uuid[], text[], uuid[], text[]);

-- Package ivr: what two people agreed to, and telephone parts of video calls.

-- Who approved a campaign's start, or its change: what is changed then asks anew.
alter table campaigns add column approved_by uuid;

-- A call that the gateway ends: the dial loop tells the provider, as often as it takes.
alter table phone_calls add column hang_up boolean not null default false;

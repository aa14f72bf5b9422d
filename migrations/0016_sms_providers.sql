-- Package channels/smpp: what an SMSC knows of our messages. HTTP providers need
-- nothing here: their receipts name the delivery.

-- One row for each part of a text that an SMSC took. A receipt names only the
-- SMSC's id of a part, and may come to another node than the one that sent it.
create table smpp_parts (
  bank_id     uuid not null,
  delivery_id uuid not null,
  part        smallint not null,         -- from 1
  parts       smallint not null,         -- of the whole text
  provider    text not null,             -- as in deliveries.provider
  smsc_id     text not null,             -- as the SMSC wrote it in its answer
  known_as    text not null,             -- the same in lower case without leading zeros: receipts are found by it
  ending      text not null,             -- the recipient's last four digits: they tell hexadecimal from decimal ids
  state       text not null default '',  -- of this part by its receipts; '' = none has come
  settle_at   timestamptz,               -- when the receipts that have come stand for the whole text
  created_at  timestamptz not null,
  primary key (bank_id, delivery_id, part),
  constraint smpp_parts_state_known check (state in ('', 'sent', 'failed', 'undelivered', 'delivered'))
);
create index smpp_parts_known_as on smpp_parts (known_as, provider);
create index smpp_parts_settle on smpp_parts (settle_at) where settle_at is not null;
create index smpp_parts_created on smpp_parts (created_at);
call visavis_tenant('smpp_parts', 'select, insert, update');
-- The bank of a receipt is found by the SMSC's id; old rows are swept.
call visavis_worker_may('smpp_parts', 'select, delete');

-- Receipts on their way to their message, over all banks: the SMSC is told that
-- we have one as soon as it stands here. Deliberately global: whose it is shows
-- only when its part is known, which may be later (a receipt before the answer
-- to its submit_sm). No number, no text. Rows without a part are dropped after an hour.
create table smpp_receipts (
  id       bigint generated always as identity primary key,
  provider text not null,
  ids      text[] not null,              -- every way to read the SMSC's id
  exact    text[] not null,              -- the ways that need no change of base
  endings  text[] not null,              -- last four digits of both addresses
  state    text not null,                -- what it means, '' = nothing
  status   text not null,                -- the SMSC's own word
  code     text not null,
  at       timestamptz not null,
  unique (provider, exact, status, code) -- a repeated receipt is the same receipt
);
create index smpp_receipts_ids on smpp_receipts using gin (ids);
create index smpp_receipts_at on smpp_receipts (at);
grant select, insert, delete on smpp_receipts to visavis_worker;

-- Parts of long texts from customers until all have come, over all banks: each
-- may arrive at another node. Deliberately global: the bank is known by the
-- number written to, and only the whole text is given to it. Sealed; swept after a day.
create table smpp_fragments (
  provider   text not null,
  source     bytea not null,             -- MAC of sender, recipient and reference
  part       smallint not null,
  parts      smallint not null,
  sealed     bytea not null,             -- the part's octets under the master key
  at         timestamptz not null,
  primary key (provider, source, part)
);
create index smpp_fragments_at on smpp_fragments (at);
grant select, insert, update, delete on smpp_fragments to visavis_worker;

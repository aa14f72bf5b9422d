-- Package identifications: the case.

create table scenarios (
  bank_id    uuid not null references banks,
  id         uuid not null,
  slug       text not null,
  version    integer not null default 1,
  enabled    boolean not null default true,
  definition jsonb not null,          -- identifications.Scenario: names, document types, form, consents, script, settings
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (bank_id, id),
  constraint scenarios_slug_key unique (bank_id, slug)
);
call visavis_tenant('scenarios', 'select, insert, update');

create table identifications (
  bank_id       uuid not null references banks,
  id            uuid not null,
  customer_id   uuid not null,
  scenario_id   uuid not null,
  scenario      jsonb not null,       -- the definition as it was when the case began
  state         text not null default 'open',
  document_type text not null default '',
  form_version  integer not null default 0,  -- the newest submitted
  form_confirmed integer not null default 0, -- the version that the customer confirmed; 0 = none
  reason        text not null default '',    -- of a rejection, decline or cancellation
  decided_by    uuid,
  decided_at    timestamptz,
  reference     text,
  metadata      jsonb not null default '{}',
  notes         text not null default '',    -- the agents' own
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, customer_id) references customers (bank_id, id),
  foreign key (bank_id, scenario_id) references scenarios (bank_id, id),
  constraint identifications_state_known check (state in
    ('open', 'approved', 'rejected', 'declined', 'cancelled'))
);
create index identifications_customer on identifications (bank_id, customer_id, id);
create index identifications_reference on identifications (bank_id, reference);
call visavis_tenant('identifications', 'select, insert, update');

create table consents (
  bank_id           uuid not null,
  id                uuid not null,
  identification_id uuid not null,
  text_key          text not null,
  text_version      integer not null,
  locale            text not null,
  text_sha256       bytea not null,   -- of the very words that were shown
  accepted          boolean not null,
  at                timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, identification_id) references identifications (bank_id, id)
);
create index consents_identification on consents (bank_id, identification_id);
call visavis_tenant('consents', 'select, insert'); -- append-only

create table form_versions (
  bank_id           uuid not null,
  identification_id uuid not null,
  version           integer not null,
  data              jsonb not null,
  submitted_at      timestamptz not null,
  primary key (bank_id, identification_id, version),
  foreign key (bank_id, identification_id) references identifications (bank_id, id)
);
call visavis_tenant('form_versions', 'select, insert'); -- append-only

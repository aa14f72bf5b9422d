-- Package identifications: three kinds of service. A scenario's kind is part of
-- its definition; one without it identifies.

-- What a case of guidance or advice has come to, which is its final state.
alter table identifications drop constraint if exists identifications_state_known;
alter table identifications add constraint identifications_state_known check (state in
  ('open', 'approved', 'rejected', 'declined', 'cancelled', 'completed'));
alter table identifications add column if not exists outcome text;             -- resolved, follow_up, unresolved
alter table identifications add column if not exists outcome_note text not null default '';
alter table identifications drop constraint if exists identifications_outcome_known;
alter table identifications add constraint identifications_outcome_known check (
  (state = 'completed') = (outcome is not null) and outcome in ('resolved', 'follow_up', 'unresolved'));
-- Such a case is never approved, nor an identification completed.
alter table identifications drop constraint if exists identifications_kind_ends;
alter table identifications add constraint identifications_kind_ends check (
  case when coalesce(scenario->>'kind', 'identify') = 'identify' then state <> 'completed' else state not in ('approved', 'rejected') end);

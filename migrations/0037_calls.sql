-- reserved: see /tmp/visavis/CONVENTIONS.md
select 1;

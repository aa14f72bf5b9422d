-- What was written in a call goes with what was recorded of it: the texts are
-- emptied when its retention ends; the rows stay as evidence that there were some.
grant update (body) on call_messages to visavis_app;
grant update (name) on call_files to visavis_app;

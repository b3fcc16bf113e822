DROP TABLE dispatcher;
DROP TABLE run_kinds;
DROP TABLE runs;
DROP TABLE schedules;

DROP INDEX runs_turns;

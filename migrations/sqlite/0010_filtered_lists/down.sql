DROP INDEX backup_sets_by_filter;
DROP INDEX runs_by_filter;

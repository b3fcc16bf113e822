DROP TABLE settings;
DROP TABLE idempotency_keys;
DROP TABLE run_events;
DROP TABLE streams;
DROP TABLE notifications;
DROP TABLE refusals;
DROP TABLE audit_log;

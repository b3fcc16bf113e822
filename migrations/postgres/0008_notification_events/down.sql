DROP INDEX api_tokens_revoked;
DROP INDEX api_tokens_expired;
DROP INDEX refusals_of_entry;
DROP INDEX refusals_age;
DROP INDEX audit_log_age;
DROP INDEX notifications_age;
DROP INDEX notifications_unread;
DROP TABLE notification_events;

-- What a person is told of their notifications, in the order in which it was committed.
CREATE TABLE notification_events (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    sequence BIGINT NOT NULL,
    occurred_at TIMESTAMP NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    -- The one that was made; null when the event is about several. No foreign key: each is removed
    -- in its own time.
    notification_id TEXT COLLATE "C",
    -- Of all tenants, after the event.
    unread_count BIGINT NOT NULL,
    PRIMARY KEY (user_id, sequence)
);
CREATE INDEX notification_events_age ON notification_events (occurred_at);

-- What is unread is counted with each event.
CREATE INDEX notifications_unread ON notifications (user_id, tenant_id) WHERE read_at IS NULL;

-- By age, for what is removed when it is old.
CREATE INDEX notifications_age ON notifications (created_at);
CREATE INDEX audit_log_age ON audit_log (occurred_at);
CREATE INDEX refusals_age ON refusals (minute);
CREATE INDEX refusals_of_entry ON refusals (audit_id);
CREATE INDEX api_tokens_expired ON api_tokens (expires_at);
CREATE INDEX api_tokens_revoked ON api_tokens (revoked_at) WHERE revoked_at IS NOT NULL;

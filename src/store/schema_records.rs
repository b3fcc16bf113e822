//! The tables of what happened and who was told, as `schema.rs` has the others.

diesel::table! {
    audit_log (id) {
        id -> Text,
        tenant_id -> Text,
        occurred_at -> Timestamp,
        actor_kind -> Text,
        actor_id -> Nullable<Text>,
        actor_name -> Text,
        action -> Text,
        outcome -> Text,
        target_kind -> Nullable<Text>,
        target_id -> Nullable<Text>,
        target_name -> Nullable<Text>,
        changes -> Nullable<Text>,
        request_id -> Nullable<Text>,
        ip_address -> Nullable<Text>,
    }
}

diesel::table! {
    refusals (actor_id, tenant_id, operation, minute) {
        tenant_id -> Text,
        actor_id -> Text,
        operation -> Text,
        minute -> Timestamp,
        audit_id -> Text,
        refusal_count -> BigInt,
    }
}

diesel::table! {
    notifications (id) {
        id -> Text,
        user_id -> Text,
        tenant_id -> Text,
        kind -> Text,
        severity -> Text,
        title -> Text,
        body -> Text,
        subject_kind -> Text,
        subject_id -> Text,
        created_at -> Timestamp,
        read_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    notification_events (user_id, sequence) {
        user_id -> Text,
        sequence -> BigInt,
        occurred_at -> Timestamp,
        kind -> Text,
        notification_id -> Nullable<Text>,
        unread_count -> BigInt,
    }
}

diesel::table! {
    streams (name) {
        name -> Text,
        sequence -> BigInt,
    }
}

diesel::table! {
    run_events (tenant_id, sequence) {
        tenant_id -> Text,
        sequence -> BigInt,
        occurred_at -> Timestamp,
        run_id -> Text,
        schedule_id -> Text,
        previous_status -> Nullable<Text>,
        run -> Text,
    }
}

diesel::table! {
    idempotency_keys (principal, operation, idempotency_key) {
        principal -> Text,
        operation -> Text,
        idempotency_key -> Text,
        input_hash -> Text,
        result_id -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
    }
}

//! The tables, once for both databases.
//!
//! Kept by hand, because both migration folders have to fit it; `tests/it/migrations.rs` compares.

// Records of what happened lie in a file of their own, for the length of this one.
pub(super) use super::schema_records::{
    audit_log, idempotency_keys, notification_events, notifications, refusals, run_events,
    settings, streams,
};

diesel::table! {
    tenants (id) {
        id -> Text,
        entra_tenant_id -> Text,
        name -> Text,
        name_folded -> Text,
        cloud -> Text,
        connection_status -> Text,
        digest_key -> Binary,
        policies_synced_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        deleted_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    credentials (tenant_id) {
        tenant_id -> Text,
        kind -> Text,
        client_id -> Text,
        secret -> Binary,
        expires_at -> Nullable<Timestamp>,
        last_verified_at -> Nullable<Timestamp>,
        updated_at -> Timestamp,
        thumbprint -> Nullable<Text>,
        token_file -> Nullable<Text>,
        accepted_at -> Nullable<Timestamp>,
        missing_permissions -> Nullable<Text>,
        expiry_tell_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        issuer -> Text,
        subject -> Text,
        display_name -> Text,
        email -> Nullable<Text>,
        created_at -> Timestamp,
        name_folded -> Nullable<Text>,
        email_folded -> Nullable<Text>,
    }
}

diesel::table! {
    members (id) {
        id -> Text,
        tenant_id -> Text,
        user_id -> Text,
        role -> Text,
        created_at -> Timestamp,
        added_by_kind -> Text,
        added_by_id -> Nullable<Text>,
        added_by_name -> Text,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        tenant_id -> Text,
        key_id -> Text,
        secret_hash -> Binary,
        name -> Text,
        name_folded -> Text,
        role -> Text,
        created_at -> Timestamp,
        created_by_kind -> Text,
        created_by_id -> Nullable<Text>,
        created_by_name -> Text,
        expires_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    schedules (id) {
        id -> Text,
        tenant_id -> Text,
        name -> Text,
        name_folded -> Text,
        enabled -> Bool,
        disabled_reason -> Nullable<Text>,
        frequency -> Text,
        weekdays -> SmallInt,
        time_of_day -> Text,
        time_zone -> Text,
        spread_minutes -> SmallInt,
        kinds -> Text,
        include_assignments -> Bool,
        include_scope_tags -> Bool,
        keep_last -> Integer,
        revision -> Integer,
        next_run_at -> Nullable<Timestamp>,
        next_date -> Nullable<Date>,
        dispatch_at -> Nullable<Timestamp>,
        tzdb -> Nullable<Text>,
        last_run_id -> Nullable<Text>,
        last_run_at -> Nullable<Timestamp>,
        last_run_status -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        created_by_kind -> Text,
        created_by_id -> Nullable<Text>,
        created_by_name -> Text,
        deleted_at -> Nullable<Timestamp>,
        fresh_since -> Nullable<Timestamp>,
        stale_at -> Nullable<Timestamp>,
        stale_tell_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    runs (id) {
        id -> Text,
        tenant_id -> Text,
        schedule_id -> Text,
        trigger_kind -> Text,
        slot -> Nullable<Timestamp>,
        slot_date -> Nullable<Date>,
        retry_of -> Nullable<Text>,
        started_by_kind -> Text,
        started_by_id -> Nullable<Text>,
        started_by_name -> Text,
        status -> Text,
        attempt -> SmallInt,
        next_attempt_at -> Nullable<Timestamp>,
        claim -> BigInt,
        owner -> Nullable<Text>,
        lease_until -> Nullable<Timestamp>,
        kinds -> Text,
        include_assignments -> Bool,
        include_scope_tags -> Bool,
        full_read -> Bool,
        created_at -> Timestamp,
        started_at -> Nullable<Timestamp>,
        finished_at -> Nullable<Timestamp>,
        cancel_requested_at -> Nullable<Timestamp>,
        error_code -> Nullable<Text>,
        error_message -> Nullable<Text>,
        missed_count -> Nullable<Integer>,
        last_missed_at -> Nullable<Timestamp>,
        progress -> Text,
        summary -> Nullable<Text>,
        turn_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    run_kinds (run_id, kind) {
        run_id -> Text,
        kind -> Text,
        status -> Text,
        listed_count -> Nullable<Integer>,
        item_count -> Integer,
        reused_count -> Integer,
        failed_count -> Integer,
        vanished_count -> Integer,
        payload_bytes -> BigInt,
        request_count -> BigInt,
        error_code -> Nullable<Text>,
        error_message -> Nullable<Text>,
    }
}

diesel::table! {
    run_failures (run_id, kind, place) {
        run_id -> Text,
        kind -> Text,
        place -> SmallInt,
        graph_id -> Nullable<Text>,
        name -> Text,
        error_code -> Text,
        error_message -> Text,
    }
}

diesel::table! {
    dispatcher (id) {
        id -> SmallInt,
        last_tick_at -> Timestamp,
    }
}

diesel::table! {
    schema_floor (id) {
        id -> SmallInt,
        migration -> Text,
    }
}

diesel::table! {
    policies (id) {
        id -> Text,
        tenant_id -> Text,
        kind -> Text,
        graph_id -> Text,
        name -> Text,
        name_folded -> Text,
        description -> Nullable<Text>,
        graph_created_at -> Nullable<Timestamp>,
        graph_modified_at -> Nullable<Timestamp>,
        first_seen_at -> Timestamp,
        last_seen_at -> Timestamp,
        missing_since -> Nullable<Timestamp>,
        latest_item_id -> Nullable<Text>,
    }
}

diesel::table! {
    contents (tenant_id, hash) {
        tenant_id -> Text,
        hash -> Text,
        raw_bytes -> BigInt,
        body -> Binary,
        created_at -> Timestamp,
        last_used_at -> Timestamp,
        damaged_at -> Nullable<Timestamp>,
        stored_bytes -> Nullable<BigInt>,
    }
}

diesel::table! {
    storage_days (tenant_id, date) {
        tenant_id -> Text,
        date -> Date,
        stored_bytes -> BigInt,
        logical_bytes -> BigInt,
    }
}

diesel::table! {
    sealed_values (tenant_id, digest) {
        tenant_id -> Text,
        digest -> Text,
        sealed -> Binary,
        created_at -> Timestamp,
        last_used_at -> Timestamp,
    }
}

diesel::table! {
    backup_sets (id) {
        id -> Text,
        tenant_id -> Text,
        schedule_id -> Text,
        run_id -> Text,
        created_at -> Timestamp,
        is_complete -> Bool,
        kinds -> Text,
        missing_kinds -> Text,
        include_assignments -> Bool,
        include_scope_tags -> Bool,
        item_count -> Integer,
        payload_bytes -> BigInt,
        content_hash -> Text,
        deleted_at -> Nullable<Timestamp>,
        deletion_reason -> Nullable<Text>,
        deleted_by_kind -> Nullable<Text>,
        deleted_by_id -> Nullable<Text>,
        deleted_by_name -> Nullable<Text>,
        undeleted_at -> Nullable<Timestamp>,
        purged_at -> Nullable<Timestamp>,
        verified_at -> Nullable<Timestamp>,
        damaged_item_count -> Integer,
    }
}

diesel::table! {
    purged_sets (id) {
        id -> Text,
        tenant_id -> Text,
        schedule_id -> Text,
        purged_at -> Timestamp,
    }
}

diesel::table! {
    backup_items (id) {
        id -> Text,
        set_id -> Text,
        tenant_id -> Text,
        policy_id -> Text,
        kind_order -> SmallInt,
        kind -> Text,
        graph_id -> Text,
        name -> Text,
        name_folded -> Text,
        payload_hash -> Text,
        assignments_hash -> Nullable<Text>,
        scope_tags_hash -> Nullable<Text>,
        sealed_hash -> Nullable<Text>,
        payload_bytes -> BigInt,
        content_hash -> Text,
        state_hash -> Text,
        marker -> Nullable<Text>,
        catalog_revision -> SmallInt,
        policy_modified_at -> Nullable<Timestamp>,
        captured_at -> Timestamp,
        sub_kind -> Nullable<Text>,
        references_hash -> Nullable<Text>,
        changed_by -> Nullable<Text>,
        change_operation -> Nullable<Text>,
        changed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    set_changes (set_id, kind) {
        set_id -> Text,
        kind -> Text,
        tenant_id -> Text,
        base_set_id -> Nullable<Text>,
        added -> Integer,
        changed -> Integer,
        removed -> Integer,
        unchanged -> Integer,
        assignments_changed -> Integer,
    }
}

diesel::table! {
    removals (set_id, policy_id) {
        set_id -> Text,
        policy_id -> Text,
        tenant_id -> Text,
        removed_by -> Text,
        operation -> Text,
        removed_at -> Timestamp,
    }
}

diesel::table! {
    reference_names (tenant_id, kind, graph_id, since) {
        tenant_id -> Text,
        kind -> Text,
        graph_id -> Text,
        since -> Timestamp,
        until -> Nullable<Timestamp>,
        name -> Nullable<Text>,
        confirmed_at -> Nullable<Timestamp>,
    }
}

//! Which of the tables in `schema.rs` can be asked for together.

use super::schema::{
    api_tokens, audit_log, backup_items, backup_sets, contents, credentials, dispatcher,
    idempotency_keys, members, notification_events, notifications, policies, purged_sets,
    reference_names, refusals, removals, run_events, run_failures, run_kinds, runs, schedules,
    sealed_values, set_changes, settings, storage_days, streams, tenants, users,
};

diesel::joinable!(backup_items -> backup_sets (set_id));
diesel::joinable!(backup_sets -> schedules (schedule_id));
diesel::joinable!(removals -> backup_sets (set_id));
diesel::joinable!(members -> users (user_id));
diesel::joinable!(members -> tenants (tenant_id));
diesel::joinable!(runs -> schedules (schedule_id));

diesel::allow_tables_to_appear_in_same_query!(
    tenants,
    credentials,
    users,
    members,
    api_tokens,
    schedules,
    runs,
    run_kinds,
    run_failures,
    dispatcher,
    policies,
    contents,
    storage_days,
    sealed_values,
    backup_sets,
    purged_sets,
    backup_items,
    set_changes,
    removals,
    reference_names,
    audit_log,
    refusals,
    notifications,
    notification_events,
    streams,
    run_events,
    idempotency_keys,
    settings,
);

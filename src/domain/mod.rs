//! The rules of the product, and nothing else.
//!
//! Pure means: no I/O, no async, no clock, no randomness but the minting of identifiers. Instants
//! and identifiers come in as arguments; a decision goes out as a value that somebody else acts on.
//!
//! # Glossary
//!
//! - *tenant*: a customer's Microsoft Entra directory whose configuration is backed up.
//! - *schedule*: what to back up of a tenant, when, and how many sets to keep.
//! - *recurrence*: the rule of a schedule (daily or weekly, wall-clock time, time zone).
//! - *slot*: an instant at which a schedule is due; its *nominal date* is the local date it stands for.
//! - *pointer*: the slot a schedule waits for, and when that is dispatched.
//! - *trigger*: what made a run: its schedule, or somebody.
//! - *run*: one execution of a schedule; *attempt*: one try within a run.
//! - *kind*: one list of configuration objects of Microsoft Graph (`PolicyType` in the API).
//! - *sub-kind*: a slice of a kind that people know by a name of its own, such as update rings.
//! - *marker*: the field of an object that moves when it is changed.
//! - *capture*: an object read in full, with its follow-ups, ready to be stored.
//! - *content*: a stored part of a capture, addressed by its hash.
//! - *reference*: a group, assignment filter or scope tag that an object points to by its identifier.
//! - *attribution*: who changed an object, as far as audit events say.
//! - *base*: the set that a kind of another set is compared with.
//! - *item*: one captured object in a set; *backup set*: all that one run stored.
//! - *stale*: without a complete set for twice the schedule's interval.
//! - *completeness record*: per kind, what was listed, stored, failed, and why.
//! - *retention*: soft deletion of sets beyond the newest N; *purge*: removal for good.
//! - *proof*: the check of all hashes of a set; *scrub*: the slow one of all contents.

pub mod actor;
pub mod api_token;
pub mod attribution;
pub mod audit;
pub mod backup;
pub mod base62;
pub mod body;
pub mod calendar;
pub mod canonical;
pub mod capture;
pub mod capture_rules;
pub mod change_notice;
pub mod comparison;
pub mod completeness;
pub mod credential;
pub mod diff;
pub mod dispatch;
pub mod expiry;
pub mod failure;
pub mod freshness;
pub mod global_id;
pub mod identity;
pub mod ids;
pub mod kind;
pub mod last_change;
pub mod member;
pub mod name;
pub mod notification;
pub mod outage;
pub mod pass;
mod paths;
pub mod pieces;
pub mod pointer;
pub mod policy;
pub mod proof;
pub mod reading;
pub mod recurrence;
pub mod reference;
pub mod retention;
pub mod reuse;
pub mod role;
pub mod run;
pub mod schedule;
pub mod schedule_edit;
pub mod set_difference;
pub mod slot;
pub mod spread;
pub mod storage;
pub mod sub_kind;
pub mod tenant;
pub mod time_of_day;
pub mod version;
pub mod weekdays;
pub mod words;
pub mod zone;

#[cfg(test)]
mod tests;

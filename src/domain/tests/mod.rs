//! Tests of rules that several files of this room carry together.

mod canonical;
mod capture;
mod diff;
mod dispatch;
mod fidelity;
mod freshness;
mod pointer;
mod retention;
mod samples;
mod schedule_edit;
mod slots;
mod vectors;

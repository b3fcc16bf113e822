//! The settings of the rooms, key by key, and what holds between them.

use std::time::Duration;

use super::{duration, network::Network, texts, written::Written};
use crate::{
    api::{ApiSettings, ExportLimits, Limits, SocketLimits, TrustedProxies},
    domain::reading::LONGEST_LEASE,
    graph::{GraphSettings, Rate},
    workers::WorkerSettings,
};

pub(super) fn read_api(api: &mut ApiSettings, written: &mut Written) {
    written.set("listen", &mut api.listen, texts::address);
    written.set("cors_origins", &mut api.cors_origins, |text| {
        texts::list(text, texts::origin)
    });
    written.set("trusted_proxies", &mut api.trusted_proxies, |text| {
        texts::list(text, texts::network).map(trusted)
    });
    written.set("graphiql", &mut api.graphiql, texts::switch);
    read_limits(&mut api.limits, written);
    read_sockets(&mut api.limits.sockets, written);
    read_exports(&mut api.limits.exports, written);
}

fn trusted(networks: Vec<Network>) -> TrustedProxies {
    TrustedProxies::new(move |address| networks.iter().any(|network| network.contains(address)))
}

fn read_limits(limits: &mut Limits, written: &mut Written) {
    for (key, place) in [
        ("limits.body_bytes", &mut limits.body_bytes),
        ("limits.head_bytes", &mut limits.head_bytes),
        ("limits.tokens", &mut limits.tokens),
        ("limits.nesting", &mut limits.nesting),
        ("limits.selections", &mut limits.selections),
        ("limits.depth", &mut limits.depth),
        ("limits.complexity", &mut limits.complexity),
        ("limits.aliases", &mut limits.aliases),
        (
            "limits.directives_per_field",
            &mut limits.directives_per_field,
        ),
        ("limits.directives", &mut limits.directives),
        ("limits.query_fields", &mut limits.query_fields),
        ("limits.mutation_fields", &mut limits.mutation_fields),
        (
            "limits.introspection_lists",
            &mut limits.introspection_lists,
        ),
        ("limits.errors", &mut limits.errors),
        ("limits.answer_bytes", &mut limits.answer_bytes),
        ("limits.answer_values", &mut limits.answer_values),
    ] {
        written.set_count(key, place);
    }
    for (key, place) in [
        (
            "limits.requests_per_minute",
            &mut limits.requests_per_minute,
        ),
        ("limits.points_per_minute", &mut limits.points_per_minute),
        (
            "limits.failed_sign_ins_per_minute",
            &mut limits.failed_sign_ins_per_minute,
        ),
    ] {
        written.set(key, place, texts::count);
    }
    let introspection = &mut limits.introspection;
    written.set("limits.introspection", introspection, texts::switch);
    written.set("limits.arrival", &mut limits.arrival, duration::parse);
    written.set("limits.timeout", &mut limits.timeout, duration::parse);
}

fn read_sockets(sockets: &mut SocketLimits, written: &mut Written) {
    written.set_count("limits.sockets.per_caller", &mut sockets.per_caller);
    written.set_count("limits.sockets.waiting", &mut sockets.waiting);
    written.set_count("limits.sockets.operations", &mut sockets.operations);
    written.set_count("limits.sockets.message_bytes", &mut sockets.message_bytes);
    written.set(
        "limits.sockets.init_timeout",
        &mut sockets.init_timeout,
        duration::parse,
    );
    written.set("limits.sockets.ping", &mut sockets.ping, texts::wait);
    written.set("limits.sockets.recheck", &mut sockets.recheck, texts::wait);
    written.set("limits.sockets.poll", &mut sockets.poll, texts::wait);
}

fn read_exports(exports: &mut ExportLimits, written: &mut Written) {
    written.set_count("limits.exports.per_caller", &mut exports.per_caller);
    written.set_count("limits.exports.at_once", &mut exports.at_once);
    written.set(
        "limits.exports.patience",
        &mut exports.patience,
        texts::wait,
    );
    written.set("limits.exports.longest", &mut exports.longest, texts::wait);
}

pub(super) fn read_graph(graph: &mut GraphSettings, written: &mut Written) {
    graph.graph_url = written.take("graph.url", texts::web_url);
    graph.login_url = written.take("graph.login_url", texts::web_url);
    written.set_count("graph.tries", &mut graph.tries);
    written.set("graph.patience", &mut graph.patience, duration::parse);
    written.set(
        "graph.request_timeout",
        &mut graph.request_timeout,
        duration::parse,
    );
    written.set(
        "graph.idle_timeout",
        &mut graph.idle_timeout,
        duration::parse,
    );
    written.set_count("graph.answer_limit_bytes", &mut graph.answer_limit_bytes);
    written.set_count("graph.threads", &mut graph.runtime_threads);
    written.set_count("graph.at_once", &mut graph.rates.at_once);
    written.set_count("graph.tenant_at_once", &mut graph.rates.tenant_at_once);
    written.set_count(
        "graph.group_policy_at_once",
        &mut graph.rates.group_policy_at_once,
    );
}

pub(super) fn read_rates(graph: &mut GraphSettings, written: &mut Written) {
    let rates = &mut graph.rates;
    for (bucket, rate) in [
        ("intune", &mut rates.intune),
        ("scripts", &mut rates.scripts),
        ("conditional_access", &mut rates.conditional_access),
        ("identity", &mut rates.identity),
    ] {
        read_rate(&format!("graph.rates.{bucket}"), rate, written);
    }
}

fn read_rate(prefix: &str, rate: &mut Rate, written: &mut Written) {
    written.set_count(&format!("{prefix}.requests"), &mut rate.requests);
    written.set(&format!("{prefix}.window"), &mut rate.window, texts::wait);
    written.set_count(&format!("{prefix}.burst"), &mut rate.burst);
    written.set_count(&format!("{prefix}.at_once"), &mut rate.at_once);
    if rate.burst >= rate.requests {
        written.complain(&format!("{prefix}.burst"), "must be less than `requests`");
    }
}

pub(super) fn read_workers(workers: &mut WorkerSettings, written: &mut Written) {
    written.set("times.tick", &mut workers.tick, texts::wait);
    written.set("times.grace", &mut workers.grace, duration::parse);
    written.set("times.lease", &mut workers.lease, duration::parse);
    written.set("times.beat", &mut workers.beat, texts::wait);
    written.set("times.cancel_poll", &mut workers.cancel_poll, texts::wait);
    written.set(
        "times.shutdown_grace",
        &mut workers.shutdown_grace,
        duration::parse,
    );
    written.set(
        "times.longest_run",
        &mut workers.longest_run,
        duration::parse,
    );
    written.set("times.idle", &mut workers.idle, duration::parse);
    written.set_count("runs.at_once", &mut workers.places);
    written.set_count("runs.reads_at_once", &mut workers.reads);
    written.set("times.scrub_pause", &mut workers.scrub_pause, texts::wait);
    let keep = &mut workers.keep;
    for (key, place) in [
        ("keep.events", &mut keep.events),
        ("keep.notifications", &mut keep.notifications),
        ("keep.ended_tokens", &mut keep.ended_tokens),
        ("keep.audit", &mut keep.audit),
        ("keep.unreferenced", &mut keep.unreferenced),
    ] {
        written.set(key, place, texts::wait);
    }
}

/// Times that only make sense together.
pub(super) fn check_times(workers: &WorkerSettings, written: &mut Written) {
    let at_least = |name, time: Duration, least: Duration, why: &str, written: &mut Written| {
        if time < least {
            let (time, least) = (duration::show(time), duration::show(least));
            written.complain(name, format!("{time} is less than {least}, {why}"));
        }
    };
    let (tick, beat) = (workers.tick, workers.beat);
    at_least("times.grace", workers.grace, tick * 2, "two ticks", written);
    at_least("times.lease", workers.lease, beat * 2, "two beats", written);
    let (name, kept) = ("keep.unreferenced", workers.keep.unreferenced);
    // What a run has stored is referred to at its end, and that of a lost server is taken over meanwhile.
    let least = workers.longest_run * 2;
    at_least(name, kept, least, "twice `times.longest_run`", written);
    if workers.lease > LONGEST_LEASE {
        let longest = duration::show(LONGEST_LEASE);
        // Other servers have to know how far ahead a lease can end.
        written.complain("times.lease", format!("must not be longer than {longest}"));
    }
}

//! The process itself: which program it is, and what it takes of the machine. The names of the latter are
//! those that every program has for them.

use prometheus_client::{metrics::info::Info, registry::Registry};

use crate::{domain::zone, telemetry::COMMIT};

/// Shows which program this is.
pub(super) fn register_build(registry: &mut Registry) {
    let info = Info::new([
        ("version", env!("CARGO_PKG_VERSION")),
        ("commit", COMMIT),
        ("tzdb", zone::release()),
    ]);
    registry.register(
        "build",
        "Version of the program, the commit it was built from, and release of its time zones",
        info,
    );
}

/// Shows what the process takes. Only Linux tells.
#[cfg(not(target_os = "linux"))]
pub(super) fn register(_: &mut Registry) {}

/// Shows what the process takes.
#[cfg(target_os = "linux")]
pub(super) fn register(registry: &mut Registry) {
    registry.register_collector(Box::new(linux::Process));
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fmt;

    use crate::{measure::float, task};
    use procfs::{ProcResult, WithCurrentSystemInfo, process};
    use prometheus_client::{
        collector::Collector,
        encoding::{DescriptorEncoder, EncodeMetric},
        metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
        registry::Unit,
    };

    /// This process.
    #[derive(Debug)]
    pub(super) struct Process;

    /// What the system says of it.
    struct Taken {
        resident_bytes: u64,
        processor_seconds: f64,
        threads: f64,
        files: f64,
        most_files: f64,
        started_at: f64,
    }

    fn ticks(ticks: u64) -> f64 {
        float(ticks) / float(procfs::ticks_per_second())
    }

    fn taken() -> ProcResult<Taken> {
        let own = process::Process::myself()?;
        let stat = own.stat()?;
        let most = own.limits()?.max_open_files.soft_limit;
        Ok(Taken {
            resident_bytes: stat.rss_bytes().get(),
            processor_seconds: ticks(stat.utime + stat.stime),
            threads: float(u64::try_from(stat.num_threads).unwrap_or(0)),
            files: float(u64::try_from(own.fd_count()?).unwrap_or(u64::MAX)),
            most_files: match most {
                process::LimitValue::Value(most) => float(most),
                process::LimitValue::Unlimited => f64::INFINITY,
            },
            started_at: float(procfs::boot_time_secs()?) + ticks(stat.starttime),
        })
    }

    impl Collector for Process {
        fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
            let help =
                "Tasks that have not ended, but for those on the threads that talk to Graph.";
            let gauge =
                encoder.encode_descriptor("process_tasks", help, None, MetricType::Gauge)?;
            ConstGauge::new(task::alive()).encode(gauge)?;
            // A machine that does not tell is no reason to tell nothing else.
            let Ok(taken) = taken() else { return Ok(()) };
            let help = "Processor time, of the user and of the system.";
            let seconds = Some(&Unit::Seconds);
            let counter =
                encoder.encode_descriptor("process_cpu", help, seconds, MetricType::Counter)?;
            ConstCounter::new(taken.processor_seconds).encode(counter)?;
            let help = "When the process was started, since 1970.";
            let name = "process_start_time";
            let gauge = encoder.encode_descriptor(name, help, seconds, MetricType::Gauge)?;
            ConstGauge::new(taken.started_at).encode(gauge)?;
            let help = "Memory that is in the machine's own.";
            let (name, bytes) = ("process_resident_memory", Some(&Unit::Bytes));
            let gauge = encoder.encode_descriptor(name, help, bytes, MetricType::Gauge)?;
            ConstGauge::new(taken.resident_bytes).encode(gauge)?;
            for (name, help, count) in [
                ("process_threads", "Threads of the process.", taken.threads),
                (
                    "process_open_fds",
                    "Open files and connections.",
                    taken.files,
                ),
                (
                    "process_max_fds",
                    "How many files and connections may be open.",
                    taken.most_files,
                ),
            ] {
                let gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
                ConstGauge::new(count).encode(gauge)?;
            }
            Ok(())
        }
    }
}

//! What the system says of a process.

use std::fs;

/// Time of the processors that a process has used, in seconds. The system counts it in hundredths.
pub(crate) fn processor_seconds(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // Behind the name, which may hold anything, user and system time are the 12th and 13th.
    let numbers = stat.rsplit(')').next().unwrap_or_default();
    let ticks = numbers.split_whitespace().skip(11).take(2);
    let ticks: u32 = ticks.filter_map(|text| text.parse::<u32>().ok()).sum();
    f64::from(ticks) / 100.0
}

/// Memory that a process has resident, in KiB.
pub(crate) fn resident_kib(process: u32) -> usize {
    status(process, "VmRSS:")
}

/// The most that it ever had resident, in KiB.
pub(crate) fn peak_kib(process: u32) -> usize {
    status(process, "VmHWM:")
}

/// The peak of this process counts from now on.
pub(crate) fn forget_own_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// How many threads a process has.
pub(crate) fn threads(process: u32) -> usize {
    status(process, "Threads:")
}

/// How many files, sockets and pipes it has open.
pub(crate) fn descriptors(process: u32) -> usize {
    fs::read_dir(format!("/proc/{process}/fd")).unwrap().count()
}

/// A number of its status.
fn status(process: u32, name: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or_else(|| panic!("the system does not tell {name}"))
}

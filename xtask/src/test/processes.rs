//! Signals and process groups: the part that differs between operating systems.

#[cfg(unix)]
pub use unix::*;
#[cfg(not(unix))]
pub use windows::*;

#[cfg(unix)]
mod unix {
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;
    use std::thread::sleep;
    use std::time::Duration;

    use rustix::process::{Pid, Signal, kill_process, kill_process_group};

    /// The command's process and those it starts are a group of their own.
    pub fn lead_group(command: &mut Command) {
        command.process_group(0);
    }

    /// Asks a process for its stacks (`tests/conftest.py` answers).
    pub fn ask_for_stack(pid: i32) {
        if let Some(pid) = Pid::from_raw(pid) {
            let _ = kill_process(pid, Signal::USR2);
        }
    }

    /// Kills the group of `leader` and every process whose environment says `variable=token`.
    pub fn kill_all(leader: u32, variable: &str, token: &str) {
        if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let mark = format!("{variable}={token}");
        // A process may start another while we look: look until there is none.
        for _ in 0..20 {
            let bearers = bearers(&mark);
            if bearers.is_empty() {
                return;
            }
            for pid in bearers {
                let _ = kill_process(pid, Signal::KILL);
            }
            sleep(Duration::from_millis(50));
        }
    }

    /// The processes whose environment holds `mark`. Linux alone shows it; elsewhere the group must do.
    fn bearers(mark: &str) -> Vec<Pid> {
        let Ok(entries) = fs_err::read_dir("/proc") else { return Vec::new() };
        let ours = i32::try_from(std::process::id()).ok();
        let bears = |pid: i32| {
            let environment = fs_err::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|&byte| byte == 0).any(|setting| setting == mark.as_bytes())
        };
        entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|&pid| Some(pid) != ours && bears(pid))
            .filter_map(Pid::from_raw)
            .collect()
    }
}

#[cfg(not(unix))]
mod windows {
    use std::process::Command;

    pub fn lead_group(_: &mut Command) {}

    pub fn ask_for_stack(_: i32) {}

    /// Kills `leader` and all below it.
    pub fn kill_all(leader: u32, _: &str, _: &str) {
        let _ = Command::new("taskkill").args(["/F", "/T", "/PID", &leader.to_string()]).output();
    }
}

//! Running a command that may hang, with everything it starts, and ending all of it.
//!
//! `mpiexec` may leave ranks behind when it dies, so a job carries a token in its environment, which every process it
//! starts inherits; what carries the token is the job's.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use fs_err as fs;

use super::processes;
use super::record;

/// Not MPI4PY_…: tests of the loader start processes without those.
const TOKEN: &str = "XTASK_JOB";
/// Holds what `mpiexec` prints when it failed by itself and started nothing; then it is started again. Tests that start jobs of
/// their own do so too.
pub const FALSE_START: &str = "MPI4PY_TEST_FALSE_START";
/// How often a job is started.
const STARTS: u32 = 3;
const POLL: Duration = Duration::from_millis(50);
/// How long processes have to write their stacks before they are killed.
const LAST_WORDS: Duration = Duration::from_millis(1500);

/// How long a job may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From start to end.
    pub total: Duration,
    /// Without any process recording anything.
    pub silence: Duration,
}

/// How a job ended.
#[derive(Debug)]
pub enum End {
    Exited { success: bool, status: String },
    Killed(String),
}

impl From<ExitStatus> for End {
    fn from(status: ExitStatus) -> Self {
        Self::Exited { success: status.success(), status: status.to_string() }
    }
}

/// Runs `command` to its end or its limits. Its processes record in `directory`, where `output` holds what they print;
/// `progress` hears when there is something new in it.
pub fn run(
    mut command: Command,
    directory: &Path,
    limits: Limits,
    mut progress: impl FnMut(),
) -> Result<End> {
    let false_start = command.get_envs().find(|(name, _)| *name == FALSE_START).and_then(|(_, text)| text);
    let false_start = false_start.map(|text| text.to_string_lossy().into_owned());
    for _ in 1..STARTS {
        let end = run_once(&mut command, directory, limits, &mut progress)?;
        let failed = matches!(end, End::Exited { success: false, .. });
        let printed = failed && false_start.as_ref().is_some_and(|text| has_printed(directory, text));
        if !printed || !recordings(directory)?.is_empty() {
            return Ok(end);
        }
    }
    run_once(&mut command, directory, limits, &mut progress)
}

/// Whether `text` is in what the job has printed.
fn has_printed(directory: &Path, text: &str) -> bool {
    fs::read(directory.join("output")).is_ok_and(|output| String::from_utf8_lossy(&output).contains(text))
}

fn run_once(
    command: &mut Command,
    directory: &Path,
    limits: Limits,
    progress: &mut impl FnMut(),
) -> Result<End> {
    let token = new_token();
    let output = fs::File::create(directory.join("output"))?.into_parts().0;
    let deadline = limits.total + Duration::from_secs(30);
    command
        .env(TOKEN, &token)
        .env("MPI4PY_TEST_REPORT", directory)
        .env("MPI4PY_TEST_DEADLINE", deadline.as_secs().to_string())
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output);
    processes::lead_group(command);
    let program = command.get_program().to_owned();
    let mut child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;

    let _running = Running::enter(child.id(), &token);
    let end = watch(&mut child, directory, limits, progress);
    processes::kill_all(child.id(), TOKEN, &token);
    child.wait()?;
    end
}

fn watch(child: &mut Child, directory: &Path, limits: Limits, progress: &mut impl FnMut()) -> Result<End> {
    let started = Instant::now();
    let mut heard = (started, 0);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.into());
        }
        let written = written(directory)?;
        if written != heard.1 {
            heard = (Instant::now(), written);
            progress();
        }
        let exceeded = if started.elapsed() > limits.total {
            Some(format!("the job took more than {} s", limits.total.as_secs()))
        } else if heard.0.elapsed() > limits.silence {
            Some(format!("no rank made progress for {} s", limits.silence.as_secs()))
        } else {
            None
        };
        if let Some(why) = exceeded {
            ask_where_they_stand(directory)?;
            return Ok(End::Killed(why));
        }
        sleep(POLL);
    }
}

/// Has every process that records write its stacks.
fn ask_where_they_stand(directory: &Path) -> Result<()> {
    for record in record::read_all(directory)? {
        if let Some(pid) = record.pid.filter(|_| record.stack.is_empty()) {
            processes::ask_for_stack(pid);
        }
    }
    sleep(LAST_WORDS);
    Ok(())
}

fn recordings(directory: &Path) -> Result<Vec<fs::DirEntry>> {
    let entries = fs::read_dir(directory)?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries.into_iter().filter(|entry| entry.path().extension().is_some_and(|x| x == "jsonl")).collect())
}

/// How much the job has recorded and printed: as long as it grows, there is progress.
fn written(directory: &Path) -> Result<u64> {
    let printed = fs::metadata(directory.join("output"))?.len();
    let recorded: u64 =
        recordings(directory)?.iter().map(|entry| Ok(entry.metadata()?.len())).sum::<Result<_>>()?;
    Ok(printed + recorded)
}

fn new_token() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The jobs under way, for the one who interrupts us.
static RUNNING: Mutex<Vec<(u32, String)>> = Mutex::new(Vec::new());

struct Running(u32);

impl Running {
    fn enter(leader: u32, token: &str) -> Self {
        RUNNING.lock().expect("no holder panics").push((leader, token.to_owned()));
        Self(leader)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.lock().expect("no holder panics").retain(|(leader, _)| *leader != self.0);
    }
}

/// On Ctrl-C, or when asked to terminate, ends the jobs under way before this process.
pub fn end_jobs_when_interrupted() -> Result<()> {
    ctrlc::set_handler(|| {
        for (leader, token) in RUNNING.lock().expect("no holder panics").iter() {
            processes::kill_all(*leader, TOKEN, token);
        }
        std::process::exit(130);
    })
    .context("cannot listen for Ctrl-C")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn python(script: &str, limits: Limits) -> (tempfile::TempDir, End) {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new("python3");
        command.args(["-c", script]);
        let end = run(command, directory.path(), limits, || ()).unwrap();
        (directory, end)
    }

    const SOON: Duration = Duration::from_secs(2);
    const LATE: Duration = Duration::from_secs(60);

    #[test]
    fn an_exit_is_told_with_its_status() {
        let (_, end) = python("raise SystemExit(3)", Limits { total: LATE, silence: LATE });
        assert!(matches!(end, End::Exited { success: false, status } if status.contains('3')));
    }

    #[test]
    fn a_false_start_is_made_good_and_a_failure_is_not() {
        let started = |printed: &str| {
            let directory = tempfile::tempdir().unwrap();
            let script = format!("echo x >> {}/starts; echo {printed}; exit 1", directory.path().display());
            let mut command = Command::new("sh");
            command.args(["-c", &script]).env(FALSE_START, "no luck");
            let end = run(command, directory.path(), Limits { total: LATE, silence: LATE }, || ()).unwrap();
            assert!(matches!(end, End::Exited { success: false, .. }));
            fs::read_to_string(directory.path().join("starts")).unwrap().lines().count()
        };
        assert_eq!((started("no luck today"), started("error")), (3, 1));
    }

    #[test]
    fn a_silent_job_ends_with_its_last_words_and_all_it_started() {
        let script = r#"
import faulthandler, json, os, pathlib, signal, subprocess, sys, time
report = pathlib.Path(os.environ["MPI4PY_TEST_REPORT"])
faulthandler.register(signal.SIGUSR2, file=open(report / "0.stack", "w"))
stray = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
(report / "stray").write_text(str(stray.pid))
(report / "0.jsonl").write_text(json.dumps({"event": "begin", "pid": os.getpid()}) + "\n")
time.sleep(60)
"#;
        let (directory, end) = python(script, Limits { total: LATE, silence: SOON });
        assert!(matches!(end, End::Killed(why) if why.contains("progress")));
        let records = record::read_all(directory.path()).unwrap();
        assert!(records[0].stack.contains("<string>"));
        let stray = fs::read_to_string(directory.path().join("stray")).unwrap();
        let status = fs::read_to_string(format!("/proc/{stray}/status")).unwrap_or_default();
        assert!(status.is_empty() || status.contains("zombie"), "{status}");
    }
}

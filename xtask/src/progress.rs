//! Progress: bars on a terminal, one plain line per finished step elsewhere.

use std::{
    io::IsTerminal,
    sync::Mutex,
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Where progress is shown.
pub struct Progress {
    bars: Option<MultiProgress>,
    lines: Mutex<()>,
}

/// One step under way. Dropped before [`Task::done`], it leaves no trace: the error that ended it says what failed.
pub struct Task<'a> {
    progress: &'a Progress,
    bar: Option<ProgressBar>,
    name: String,
    start: Instant,
}

impl Progress {
    /// Bars when standard error is a terminal, lines when it is not.
    pub fn new() -> Self {
        let bars = std::io::stderr().is_terminal().then(MultiProgress::new);
        Self { bars, lines: Mutex::new(()) }
    }

    /// A step of unknown length.
    pub fn task(&self, name: impl Into<String>) -> Task<'_> {
        self.start(name.into(), ProgressBar::new_spinner(), "{spinner} {prefix} {wide_msg} {elapsed:>4}")
    }

    /// A step made of `total` smaller ones.
    pub fn count(&self, name: impl Into<String>, total: u64) -> Task<'_> {
        let style = "{spinner} {prefix} [{bar:30}] {pos}/{len} {wide_msg} {elapsed:>4}";
        self.start(name.into(), ProgressBar::new(total), style)
    }

    /// Prints one line to standard error, above the bars.
    pub fn line(&self, text: &str) {
        let _turn = self.lines.lock().expect("no printing thread panics");
        match &self.bars {
            // Failing to show progress is no reason to stop.
            Some(bars) => drop(bars.println(text)),
            None => eprintln!("{text}"),
        }
    }

    fn start(&self, name: String, bar: ProgressBar, style: &str) -> Task<'_> {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(bar);
            bar.set_style(ProgressStyle::with_template(style).expect("the template is well-formed"));
            bar.set_prefix(name.clone());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Task { progress: self, bar, name, start: Instant::now() }
    }
}

impl Task<'_> {
    /// Shows what the step does right now; only on a terminal.
    pub fn message(&self, text: impl Into<String>) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.into());
        }
    }

    /// One of the smaller steps is done.
    pub fn inc(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    /// Whether anyone sees the messages.
    pub fn is_shown(&self) -> bool {
        self.bar.is_some()
    }

    /// The step is done: leaves a line with its name, `result` and its time.
    pub fn done(self, result: &str) {
        let line = format!("{} {result} ({:.1} s)", self.name, self.start.elapsed().as_secs_f64());
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.progress.line(&line);
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

//! A progress bar on standard error while a long command runs, and a clean end to it on Ctrl-C.

use std::cell::Cell;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The user pressed Ctrl-C, or a signal asked the command to end.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl Interrupted {
    /// The exit code that shells give an interrupted command.
    pub(crate) const CODE: u8 = 130;
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted; nothing was changed")
    }
}

impl std::error::Error for Interrupted {}

/// The progress of one long command. Dropping it clears the bar, and the next output takes its place.
pub(crate) struct Bar {
    bar: ProgressBar,
    shown: Cell<bool>,
    interrupted: Arc<AtomicBool>,
}

impl Bar {
    /// A bar that is shown if standard error is a terminal. From now on it handles Ctrl-C and the signals that end a command.
    pub(crate) fn new(verb: &'static str) -> Bar {
        let bar = ProgressBar::hidden();
        let template = "{msg} [{wide_bar}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        bar.set_message(verb);
        let interrupted = Arc::new(AtomicBool::new(false));
        let seen = interrupted.clone();
        // if there is no handler, Ctrl-C ends the process at once
        let _ = ctrlc::set_handler(move || {
            if seen.swap(true, Ordering::Relaxed) {
                std::process::exit(Interrupted::CODE.into());
            }
        });
        Bar { bar, shown: Cell::new(false), interrupted }
    }

    /// Shows how many bytes of the total are done. `Break` if the user wants to stop.
    pub(crate) fn at(&self, done: u64, total: u64) -> ControlFlow<()> {
        self.bar.set_length(total);
        self.bar.set_position(done);
        // only now is there something to show
        if !self.shown.replace(true) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        if self.interrupted.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

//! A bar on standard error while a long command runs, and an end to it with Ctrl-C that leaves nothing behind.

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
    /// What shells give a command that was interrupted.
    pub(crate) const CODE: u8 = 130;
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted; nothing was changed")
    }
}

impl std::error::Error for Interrupted {}

/// The progress of one long command. When it is dropped, the bar is gone, and what is printed next stands in its place.
pub(crate) struct Bar {
    bar: ProgressBar,
    shown: Cell<bool>,
    interrupted: Arc<AtomicBool>,
}

impl Bar {
    /// A bar that shows itself if standard error is a terminal, and from now on takes Ctrl-C and the signals that end a command.
    pub(crate) fn new(verb: &'static str) -> Bar {
        let bar = ProgressBar::hidden();
        let template = "{msg} [{wide_bar}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        bar.set_message(verb);
        let interrupted = Arc::new(AtomicBool::new(false));
        let seen = interrupted.clone();
        // without the handler, Ctrl-C ends the process where it stands
        let _ = ctrlc::set_handler(move || {
            if seen.swap(true, Ordering::Relaxed) {
                std::process::exit(Interrupted::CODE.into());
            }
        });
        Bar { bar, shown: Cell::new(false), interrupted }
    }

    /// Shows how many of how many bytes are done, and says whether to go on.
    pub(crate) fn at(&self, done: u64, total: u64) -> ControlFlow<()> {
        self.bar.set_length(total);
        self.bar.set_position(done);
        // from now on there is something to show
        if !self.shown.replace(true) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        if self.interrupted.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

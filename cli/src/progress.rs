//! A progress bar on standard error while a long command runs, and a clean end on Ctrl-C.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use weighbridge_checkpoint::read::Progress;

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

/// The progress bar of one long command. Dropping it clears the line for the next output.
pub(crate) struct Bar {
    bar: ProgressBar,
    interrupted: Arc<AtomicBool>,
}

impl Bar {
    /// A bar that is shown if standard error is a terminal. Handles Ctrl-C and termination signals from now on.
    pub(crate) fn new(verb: &'static str) -> Bar {
        let bar = ProgressBar::hidden();
        let template = "{msg} [{wide_bar}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        bar.set_message(verb);
        let interrupted = Arc::new(AtomicBool::new(false));
        let seen = interrupted.clone();
        // without a handler, Ctrl-C ends the process at once
        let _ = ctrlc::set_handler(move || {
            if seen.swap(true, Ordering::Relaxed) {
                std::process::exit(Interrupted::CODE.into());
            }
        });
        Bar { bar, interrupted }
    }

    /// What a tool calls to move the bar. Cancels the work when the user wants to stop.
    pub(crate) fn callback(&self) -> impl Fn(Progress) -> ControlFlow<()> + Send + Sync + use<> {
        let (bar, interrupted) = (self.bar.clone(), self.interrupted.clone());
        let shown = AtomicBool::new(false);
        move |at| {
            bar.set_length(at.bytes_total);
            bar.set_position(at.bytes_read);
            // hidden until there is something to show
            if !shown.swap(true, Ordering::Relaxed) {
                bar.set_draw_target(ProgressDrawTarget::stderr());
            }
            if interrupted.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

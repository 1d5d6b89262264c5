//! Cores of one's own: each a runtime with one thread, its own readiness of sockets and its own timers. A connection that lives on one
//! stays there with all that it opens. Where all threads share one runtime, they hand each other tasks, wake each other for it, and
//! queue at its timers; for small requests that costs more than the requests.

use std::{
    cell::Cell,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::runtime::{Builder, Handle, Runtime};

thread_local! {
    static CORE: Cell<usize> = const { Cell::new(0) };
}

/// On which core this is called: from 1 on; 0 on a thread that is shared.
pub fn current() -> usize {
    CORE.get()
}

/// Starts `count` of them.
///
/// # Errors
/// When there are no threads to be had.
pub fn start(count: usize) -> io::Result<Vec<Runtime>> {
    (1..=count)
        .map(|core| {
            // With a current-thread runtime, each wake from another thread would be a system call.
            Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name(format!("core-{core}"))
                .on_thread_start(move || CORE.set(core))
                .enable_all()
                .build()
        })
        .collect()
}

/// The cores that tasks are spread over, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Cores {
    handles: Arc<[Handle]>,
    turn: Arc<AtomicUsize>,
}

impl Cores {
    /// These.
    pub fn of(runtimes: &[Runtime]) -> Self {
        Self {
            handles: runtimes.iter().map(|runtime| runtime.handle().clone()).collect(),
            turn: Arc::default(),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.handles.len()
    }

    /// The one whose turn it is; none where there are none.
    pub(crate) fn next(&self) -> Option<&Handle> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.handles.get(turn.checked_rem(self.handles.len())?)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;
    use crate::lifecycle::Lifecycle;

    #[test]
    fn tasks_go_to_each_core_in_turn_and_stay_there() {
        let runtimes = start(2).unwrap();
        let lifecycle = Lifecycle::new(Duration::from_secs(5)).on(Cores::of(&runtimes));
        let (tell, told) = mpsc::channel();
        for _ in 0..4 {
            let tell = tell.clone();
            lifecycle.spawn_on_a_core(move || async move {
                let before = current();
                tokio::task::yield_now().await;
                tell.send((before, current())).unwrap();
            });
        }
        let mut on: Vec<_> = (0..4).map(|_| told.recv().unwrap()).collect();
        on.sort_unstable();
        assert_eq!(on, [(1, 1), (1, 1), (2, 2), (2, 2)]);
        assert_eq!(current(), 0);
    }
}

//! The line to one gateway.

use std::sync::Arc;

use gateway::Connector;
use receivables::gateway::Gateway;
use tokio::sync::Semaphore;

use crate::gateways::Transport;
use crate::pace::Pace;

/// A connector with a transport to its gateway, and the pace at which it is used.
pub(crate) struct Line {
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) pace: Pace,
    pub(crate) per_second: u16,
    /// Calls under way.
    pub(crate) places: Arc<Semaphore>,
}

impl Line {
    pub(crate) fn new(
        connector: Arc<dyn Connector>,
        transport: Arc<dyn Transport>,
        gateway: &Gateway,
    ) -> Self {
        Self {
            connector,
            transport,
            pace: Pace::default(),
            per_second: gateway.per_second,
            places: Arc::new(Semaphore::new(usize::from(gateway.concurrency.max(1)))),
        }
    }
}

//! The span of a write to the database that a request waits for. No statement and no value is told.

use claviger_domain::Timestamp;
use claviger_engine::{WatchedWrite, WriteWatcher};

use crate::context::TraceContext;
use crate::span::{Part, RequestSpan};

/// A transaction on its way.
struct WriteSpan {
    request: RequestSpan,
    context: TraceContext,
    began: Timestamp,
    system: &'static str,
}

impl WriteWatcher for RequestSpan {
    fn begin_write(&self, system: &'static str) -> Box<dyn WatchedWrite> {
        let (context, began) = (self.begin_part(), self.now());
        Box::new(WriteSpan { request: self.clone(), context, began, system })
    }
}

impl WatchedWrite for WriteSpan {
    fn end(self: Box<Self>, is_committed: bool) {
        let Self { request, context, began, system } = *self;
        let operation = if is_committed { "COMMIT" } else { "ROLLBACK" };
        let attributes = vec![("db.system.name", system.into()), ("db.operation.name", operation.into())];
        // One that was rolled back is most often refused on purpose; the request's span knows.
        request.record_part(Part {
            context,
            name: operation.to_owned(),
            began,
            attributes,
            has_failed: false,
        });
    }
}

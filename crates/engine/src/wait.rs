//! Whether an end is waited for.

/// Whether a revocation, of a key or of tokens, waits for every live node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Answer as soon as the revocation is durable.
    No,
    /// Answer when every live node has applied it, or a few seconds have passed.
    ForAllNodes,
}

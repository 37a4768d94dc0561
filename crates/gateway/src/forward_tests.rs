//! The forwarder between raw sockets: a caller and an upstream that write what they like.

#[path = "forward_tests/body.rs"]
mod body;
#[path = "forward_tests/failure.rs"]
mod failure;
#[path = "forward_tests/front.rs"]
mod front;
#[path = "forward_tests/header.rs"]
mod header;
#[path = "forward_tests/upgrade.rs"]
mod upgrade;

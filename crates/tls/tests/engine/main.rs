//! The client as its callers see it: bytes in, bytes out.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests fail the test that relied on them"
)]

mod common;
mod contract;
mod corpus;
mod flow;
mod flows;
mod openssl;
mod pairs;
mod record_flows;
mod rustls;

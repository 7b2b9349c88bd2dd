//! AT command engine: the DCE side of V.250 and of the command syntax of 3GPP TS 27.007, sans-IO.
//!
//! What is here: the line editor, the command line syntax, the declaration of commands and parameters
//! with everything that derives from a declaration (argument parsing, range checks, test replies), result
//! codes and their forms, S-parameters, the escape sequence, and the session of one port.
//!
//! What is not here: any particular command, any module behaviour, a clock, a port. Time and bytes are
//! arguments, bytes and facts are results.
//!
//! | room | what |
//! |---|---|
//! | [`line`](mod@line) | characters to command lines: prefix, echo, editing, `A/` |
//! | [`syntax`] | a command line to the invocations on it |
//! | [`spec`] | what a command is: forms, parameters, kinds |
//! | [`args`] | the parameters of an invocation, checked against its form |
//! | [`test_reply`] | the answer to `=?`, derived from the declaration |
//! | [`result`] | result codes in their V, Q and CMEE forms |
//! | [`frame`] | the only place that writes CR and LF |
//! | [`escape`] | `+++` between two guard times |
//! | [`fifo`] | the byte queue behind ports and connections |
//! | [`sreg`] | S-parameters |
//! | [`settings`] | what `ATE`, `ATV`, `AT&C`... set |
//! | [`session`] | one port: command state, payload, online data state |
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;

pub mod args;
pub mod escape;
pub mod fifo;
pub mod frame;
pub mod line;
pub mod result;
pub mod session;
pub mod settings;
pub mod spec;
pub mod sreg;
pub mod syntax;
pub mod test_reply;
pub mod time;

//! Faults on demand, sans-IO: [`Faulty`] is a [`module::Module`] whose surroundings can be made to fail, by name, by
//! seed, switched on and off while it runs. It has the same methods, so that it stands wherever a module stands, in
//! virtual and in real time alike.
//!
//! | room | what |
//! |---|---|
//! | `table` | every fault in a row of its own, a file for each layer |
//! | `fault`, `values`, `request` | a fault as text, and what is asked of a running module |
//! | `effect` | what faults do, as values |
//! | `chance` | which occurrences are struck |
//! | `active` | a fault that has been asked for |
//! | `faulty`, `border` | the border of the module |
//! | `lane` | one direction of a connection or a port |
//! | `modem` | what is done to the module itself |
//! | `records` | TLS records in a stream |
//! | `names` | name queries |
//! | `nearest` | what may have been meant by a name that there is not |
//! | `manual` | the table for people |
#![forbid(unsafe_code)]

mod active;
mod border;
mod chance;
mod effect;
mod fault;
mod faulty;
mod lane;
mod manual;
mod modem;
mod names;
mod nearest;
mod records;
mod request;
mod table;
mod values;

pub use fault::{Fault, FaultError, MODIFIERS, Modifier, form};
pub use faulty::{Faulty, Lift, MOST_FAULTS, Status, TooMany};
pub use manual::{markdown, overview};
pub use nearest::nearest;
pub use request::Request;
pub use table::{Dir, Family, Param, Row, Takes, rows};

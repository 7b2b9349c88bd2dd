//! Developer tasks: `cargo xtask TASK`.

mod bench;
mod clients;
mod codegen;
mod coverage;
mod dialogues;
mod dictionary;
mod interop;
mod peers_page;
mod python;
mod reference;
mod shape;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask TASK

tasks:
  bench [PART]   measure speed and memory beside references, and print a table;
                 PART is latency, throughput, trace, sockets, files, cmux, start, memory, faults, rfc2217 or many
  clients [NAME] run hosts that others have written, each with a whole session; NAME is a part of a name
  codegen        write the files that derive from the command table and the table of peers
  coverage       list what of the documents has a row and transcripts; fails when a form of a row has none
  interop [PEER] meet other implementations of TLS, every version with every suite, and print a matrix;
                 PEER is a part of a name: JSSE, OpenSSL, GnuTLS, NSS, PKITS
";

fn main() -> ExitCode {
    let task = std::env::args().nth(1);
    let result = match task.as_deref() {
        Some("bench") => bench::run(std::env::args().nth(2).as_deref()),
        Some("clients") => clients::run(std::env::args().nth(2).as_deref()),
        Some("coverage") => coverage::run(),
        Some("codegen") => codegen::write(),
        Some("interop") => interop::run(std::env::args().nth(2).as_deref()),
        Some(other) => Err(format!("there is no task {other}\n\n{USAGE}")),
        None => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

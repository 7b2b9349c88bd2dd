//! `docs/peers.md`, from the table of peers.

use peers::menu::{MAX_CONNECTIONS, ROWS, Row, Way};

const HEAD: &str = "# Test peers

<!-- Written by `cargo xtask codegen` from crates/peers/src/menu/table.rs. -->

`modemtwin peer` starts servers that a driver can be tested against without the Internet: good ones, and ones that are wrong in
one way each. It prints a line `peer NAME ADDRESS` for each and then `ready`, and runs until SIGINT or SIGTERM.

```sh
modemtwin peer echo expired --dir certs         # two of them, at their own ports of 127.0.0.1
modemtwin peer --all --dir certs                # all of them
modemtwin peer --all --any-port --dir certs     # at free ports, which are printed: as often as wanted at the same time
modemtwin peer --all --address 0.0.0.0 --san 192.168.0.5 --dir certs        # for a real module on this network
modemtwin peer echo=[::1]:9000 http=127.0.0.1:0 # one at a place of its own, one at any port
modemtwin peer --list                           # the table below

modemtwin --put ca.pem=certs/ca.pem --put client.pem=certs/client.pem --put client.key=certs/client.key
```

```
AT+QSSLCFG=\"sslversion\",1,4;+QSSLCFG=\"ciphersuite\",1,0XFFFF;+QSSLCFG=\"seclevel\",1,1
AT+QSSLCFG=\"cacert\",1,\"UFS:ca.pem\"
AT+QSSLOPEN=1,1,4,\"localhost\",8421,0
```

Certificates and keys are made at each start, for `localhost`, 127.0.0.1, ::1 and each `--san`; `--dir` has what a module needs:
`ca.pem` (the root; an authority below it signs the servers), `client.pem` and `client.key`, which only its owner may read. They
are written once all peers listen. Keys are of RSA 2048 unless a row says otherwise.

## What there is

A module is set as above, and what a line says is set in addition. *Opens* is `+QSSLOPEN: 4,0`; a number is the result of
the open (Table 5 of the note), with what the trace says of it. Each line is tested with a module
(`crates/cli/tests/e2e/menu.rs`).

| peer | port | what it is | what a module makes of it |
|---|---|---|---|
";

/// The page.
pub(crate) fn page() -> String {
    let rows: String = ROWS.iter().map(line).collect();
    format!(
        "{HEAD}{rows}\nA peer takes {MAX_CONNECTIONS} connections at the same time and closes what comes beyond that at once. A connection \
         on which\nnothing moves for ten minutes is closed.\n\nThese servers are for tests: their keys are not protected, \
         half of them speak what nobody should speak any more, and\n`echo-udp` answers everybody. Listen on addresses \
         that others reach only on a network that you trust.\n"
    )
}

fn line(row: &Row) -> String {
    let way = match row.way {
        Way::Ssl => "",
        Way::Tcp => " (`AT+QIOPEN`, \"TCP\")",
        Way::Udp => " (`AT+QIOPEN`, \"UDP\")",
    };
    let trials: Vec<_> = row.trials.iter().map(|trial| trial.sentence()).collect();
    format!("| `{}` | {} | {}{way} | {} |\n", row.name, row.port, row.shows, trials.join("<br>"))
}

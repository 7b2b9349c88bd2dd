//! Files that are good, and mistakes.

use super::*;
use crate::args::Cli;
use clap::CommandFactory;
use daemon::{AtPort, Endpoint};

fn read(text: &str) -> Result<Vec<Named>, String> {
    plan(Path::new("fleet.toml"), text).map(|plan| plan.modules).map_err(|e| e.to_string())
}

#[test]
fn the_example_is_good() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/config.example.toml"));
    let modules = load(path).unwrap().modules;
    assert_eq!((modules.len(), &*modules[0].name, modules[0].config.model), (103, "lock", "EC800M-CN"));
    let last = modules.last().unwrap();
    assert_eq!(last.name, "meter99");
    assert_eq!(last.config.ports, [(AtPort::Uart1, "tcp:127.0.0.1:6099".parse().unwrap())]);
}

#[test]
fn modules_differ_by_number() {
    let modules = read(
        "[[module]]\nbaud = 9600\nlatency = '5-50'\n[[module]]\ncount = 2\nname = 'm{10+n}'\nports = { usbat = 'tcp:[::1]:0', uart1 = 'unix:/tmp/{n}' }",
    )
    .unwrap();
    let names: Vec<_> = modules.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["module0", "m10", "m11"]);
    assert_eq!(modules[0].config.ports, [(AtPort::Uart1, Endpoint::Pty { link: None })]);
    assert_eq!(modules[2].config.ports[1], (AtPort::Uart1, Endpoint::Unix { path: "/tmp/1".into() }));
    assert_eq!(modules.iter().map(|m| m.config.unit).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn mistakes_are_named_by_line_and_what_was_meant() {
    for (text, said) in [
        ("[[module]]\n\nmodle = 'EC800M-CN'", "fleet.toml:3: unknown field `modle`"),
        ("[[module]]\n\nmodle = 'EC800M-CN'", "did you mean `model`?"),
        ("[[modul]]", "did you mean `module`?"),
        ("[[module]]\nports = { uart = 'pty' }", "fleet.toml:2: unknown field `uart`"),
        ("[[module]]\nports = { uart = 'pty' }", "did you mean `uart1`?"),
        ("[[module]]\nports = { uart1 = 'usb:1' }", "fleet.toml:2: endpoint `usb:1`: unknown kind"),
        ("[[module]]\nports = { uart1 = 'tcp:h:{6000+m}' }", "`{6000+m}` is neither {n} nor {NUMBER+n}"),
        ("[[module]]\ntolerance = 'strickt'", "did you mean `strict`?"),
        ("[[module]]\nmodel = 'EC200'", "fleet.toml:2: no model is called `EC200` (write EC200M-CN, "),
        ("[[module]]\ncount = 0", "fleet.toml:2: count is 1 to 20000"),
        ("[[module]]\nlatency = 'long'", "fleet.toml:2: write milliseconds"),
        ("[[module]]\nclock = 'now'", "as in 2026-03-01T12:00:00Z"),
        (
            "[[module]]\nfaults = ['net.refuse', 'dns.timeot']",
            "fleet.toml:2: fault `dns.timeot`, column 1: no ",
        ),
        ("[[module]]\nsim_pin = '1'", "fleet.toml:2: write 4 to 8 digits"),
        ("[[module]]\nlint_ignore = ['nois']", "fleet.toml:2: no rule has this name (did you mean noise?)"),
        ("[[module]]\nfail_on_lint = 'bad'", "fleet.toml:2: write error, warning or note"),
        ("[[module]]\ncount = 2\ncoverage = 'c.json'", "c.json is given to `coverage` of module0 and to"),
        ("[[module]]\ncount = 2\nfiles = 'ufs'", "in one entry by {n} or {NUMBER+n}"),
        ("[[module]]\ncount = 2\npcapng = 'x.pcapng'", "fleet.toml: module entry 1: x.pcapng is given"),
        (
            "[[module]]\ncount = 2\nports = { uart1 = 'tcp:h:5' }",
            "`uart1` of module0 and to `uart1` of module1",
        ),
        ("[[module]]\ncount = 2\nports = { uart1 = 'tcp:h:{65535+n}' }", "the port is no number"),
        (
            "[[module]]\nfiles = 'x'\n[[module]]\nrecord = 'x'",
            "x is given to `files` of module0 and to `record` of",
        ),
        ("[[module]]\ncount = 2\ntrace = '-'", "- is given to `trace` of module0"),
        (
            "[[module]]\nports = { usbat = 'tcp:h:5', uart1 = 'rfc2217:h:5' }",
            "tcp:h:5 is given to `usbat` of module0 and to `uart1` of module0",
        ),
        ("[[module]]\nsim = false\nsim_pin = '1234'", "`sim_pin` is the PIN of a SIM card"),
        ("[[module]]\ntrace_secrets = true\ntrace_hide_payload = true", "contradict each other"),
        ("[[module]]\nbaud = true", "fleet.toml:2: boolean is no value of this key"),
        ("[[module]]\nseed = 'x'", "fleet.toml:2: invalid type: string"),
        ("[[module]]\nseed = 1\nseed = 2", "fleet.toml:3: duplicate key"),
        (
            "[control]\naddress = '127.0.0.1:0'\ntoken = 't'\nno_token = true\n[[module]]",
            "fleet.toml: control: ",
        ),
        ("[[module]\n", "fleet.toml:1: "),
        ("", "fleet.toml: it describes no module (write [[module]]"),
        ("[module]", "fleet.toml:1: there may be several of these (put it into brackets twice"),
        (
            "[[module]]\nports = 'pty'",
            "fleet.toml:2: invalid type: string \"pty\", expected a table of ports, as in {",
        ),
        ("[[module]]\ncount = -1", "fleet.toml:2: count is 1 to 20000"),
        ("[[module]]\ncount = 2\nname = 'a'", "`a` is given to `name` of a and to `name` of a (give each"),
        ("[[module]]\nname = 'module1'\n[[module]]", "module entry 2: `module1` is given to"),
    ] {
        let error = read(text).err().unwrap_or_default();
        assert!(error.contains(said), "{text}: {error}");
    }
}

/// That each option has a key the compiler sees to; that each key has an option, this does.
#[test]
fn the_keys_are_the_options() {
    let error = read("[[module]]\n? = 1".replace('?', "no_such_key").as_str()).err().unwrap();
    let known = error.split("expected one of ").nth(1).unwrap();
    let keys: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    let manual = include_str!("../../../../docs/config.md");
    for key in &keys {
        assert!(manual.contains(&format!("`{key}`")), "docs/config.md has no `{key}`");
    }
    // In a file these are said in another way.
    let as_options = |key: &str| match key {
        "ports" => vec!["port".to_owned()],
        "faults" => vec!["fault".into()],
        "tolerance" => vec!["strict".into(), "lenient".into()],
        "sim" => vec!["no-sim".into()],
        "name" | "count" => vec![],
        key => vec![key.replace('_', "-")],
    };
    let mut from_keys: Vec<String> = keys.into_iter().flat_map(as_options).collect();
    let command = Cli::command();
    let run = command.find_subcommand("run").unwrap();
    let options = run.get_arguments().filter_map(|option| option.get_long()).map(str::to_owned);
    // The control interface has a table of its own, and how the process ends is its starter's business.
    let mut options: Vec<String> = options
        .filter(|name| {
            !["config", "help", "end-with-stdin"].contains(&&**name) && !name.starts_with("control")
        })
        .collect();
    from_keys.sort();
    options.sort();
    assert_eq!(from_keys, options);
}

#[test]
fn numbers_and_times_need_no_quotes() {
    let modules = read("[[module]]\nclock = 2024-05-01T00:00:00Z\nsim_pin = 1234\nbaud = 9600").unwrap();
    let config = &modules[0].config;
    assert_eq!(config.clock_unix, Some(1_714_521_600));
    assert_eq!(config.sim.as_ref().unwrap().pin.as_deref(), Some("1234"));
    assert_eq!(config.wire.baud, Some(daemon::Baud::Fixed(9600)));
}

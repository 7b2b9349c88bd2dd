//! The table for people: `modemtwin faults`, and the tables of `docs/faults.md`.

use crate::{
    fault::{MODIFIERS, form},
    table::{Family, Param, Row, Takes, rows},
};
use core::fmt::Write;
use module::AlertDescription;

const FAMILIES: &[(Family, &str)] = &[
    (Family::Net, "Network"),
    (Family::Dns, "Names"),
    (Family::Tls, "TLS"),
    (Family::Port, "AT ports"),
    (Family::Module, "Module"),
    (Family::Error, "Result codes"),
    (Family::Preset, "Presets"),
];

/// Every fault by name and in one line; with a name, or the beginning of one, everything about those. `None`: there is
/// no such fault.
pub fn overview(name: Option<&str>) -> Option<String> {
    let mut out = String::new();
    match name {
        None => {
            for (family, title) in FAMILIES {
                let _ = writeln!(out, "{title}");
                for row in rows().filter(|row| row.family == *family) {
                    let _ = writeln!(out, "  {:<20} {}", row.name, row.does);
                }
            }
            out.push_str("\n`modemtwin faults NAME` tells what a fault can be told, as in `net.latency ms=200 for=30s`.\n");
        }
        Some(name) => {
            for row in rows().filter(|row| row.name.starts_with(name)) {
                describe(&mut out, row);
            }
        }
    }
    (!out.is_empty()).then_some(out)
}

fn describe(out: &mut String, row: &Row) {
    let _ = writeln!(
        out,
        "{}\n  {}\n  The host sees: {}\n  A driver should {}",
        row.name,
        does(row),
        row.sees,
        row.driver
    );
    for param in row.params {
        let _ = writeln!(out, "    {}={}  {}", param.name, form(param.takes), meaning(param));
        if param.takes == Takes::Alert {
            for alerts in AlertDescription::ALL.chunks(4) {
                let _ = writeln!(out, "        {}", names(alerts));
            }
        }
    }
    for modifier in MODIFIERS.iter().filter(|modifier| modifier.suits(row)) {
        let _ = writeln!(out, "    {}=...  {} ({})", modifier.name, modifier.means, modifier.form);
    }
    if !row.counts.is_empty() {
        let _ = writeln!(out, "    An occurrence is one of: {}", row.counts);
    }
    out.push('\n');
}

/// Alerts by number and name.
fn names(alerts: &[AlertDescription]) -> String {
    let named = alerts.iter().filter_map(|alert| Some(format!("{} {}", alert.0, alert.name()?)));
    named.collect::<Vec<_>>().join(", ")
}

/// What happens; of a code also what leads to it by itself.
fn does(row: &Row) -> String {
    let Some(code) = row.name.strip_prefix("error.") else { return row.does.into() };
    let leads = rows().filter(|other| other.family != Family::Error && other.sees.contains(code));
    match leads.map(|other| format!("`{}`", other.name)).collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => row.does.into(),
        others => format!("{}; what leads to it: {others}", row.does),
    }
}

fn meaning(param: &Param) -> String {
    match (param.default, param.required) {
        (Some(default), _) => format!("{} ({default})", param.means),
        (None, true) => format!("{}; has to be said", param.means),
        (None, false) => param.means.into(),
    }
}

/// The tables of `docs/faults.md`.
pub fn markdown() -> String {
    let mut out = String::new();
    for (family, title) in FAMILIES {
        let _ = writeln!(
            out,
            "## {title}\n\n| fault | parameters | what happens | what the host sees | a driver should |\n|---|---|---|---|---|"
        );
        for row in rows().filter(|row| row.family == *family) {
            let mut params: Vec<String> = row
                .params
                .iter()
                .map(|param| {
                    format!("`{}` {}: {}", param.name, form(param.takes).replace('|', "\\|"), meaning(param))
                })
                .collect();
            if let [first, others @ ..] = row.dirs {
                let others: Vec<&str> = others.iter().map(|dir| dir.name()).collect();
                params.push(match others.as_slice() {
                    [] => format!("`dir` {}", first.name()),
                    _ => format!("`dir` {} ({})", first.name(), others.join(", ")),
                });
            }
            if let Family::Preset = family {
                params = row.parts().iter().map(|part| format!("`{part}`")).collect();
            } else {
                params.push(format!("counts {}", row.counts));
            }
            let _ = writeln!(
                out,
                "| `{}` | {} | {} | {} | {} |",
                row.name,
                params.join("<br>"),
                does(row),
                row.sees,
                row.driver
            );
        }
        if let Family::Tls = family {
            let _ = writeln!(out, "\nAlerts of `tls.alert`: {}.", names(AlertDescription::ALL));
        }
        out.push('\n');
    }
    out.push_str("## What every fault can be told\n\n| key | takes | of | means |\n|---|---|---|---|\n");
    for modifier in MODIFIERS {
        let families: Vec<&str> = modifier.families.iter().map(|family| family.name()).collect();
        let families = families.join(", ");
        let _ =
            writeln!(out, "| `{}` | {} | {families} | {} |", modifier.name, modifier.form, modifier.means);
    }
    out
}

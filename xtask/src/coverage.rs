//! `cargo xtask coverage`: what of the documents has a row, and which forms of a row a transcript uses. A row is also
//! its handler: the table holds both, and the compiler wants both.

use crate::dialogues::{self, Dialogue, Typed, set};
use at::spec::{Command, Test};
use module::{Group, Row, command_table};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

/// The commands that the documents name, by document and section.
const DOCUMENTED: &[(&str, &str)] = &[
    ("the note, 2.2", "+QSSLCFG +QSSLOPEN +QSSLSEND +QSSLRECV +QSSLCLOSE +QSSLSTATE"),
    ("the note, 1.2 and chapter 3", "+QICSGP +QIACT +QIDEACT +QISWTMD +QIGETERROR +QISDE +QFUPL O &D +CCLK"),
    (
        "TCP/IP, companion 3",
        "+QIOPEN +QICLOSE +QISTATE +QISEND +QISENDEX +QIRD +QICFG +QIACTEX +QIDEACTEX +QIDNSCFG +QIDNSGIP +QPING +QNTP",
    ),
    (
        "files, companion 5",
        "+QFLDS +QFLST +QFDEL +QFDWL +QFOPEN +QFCLOSE +QFREAD +QFWRITE +QFSEEK +QFPOSITION +QFTUCAT +QFSIZE +QFMD5",
    ),
    ("lines, companion 1", "E Q V X Z S &C &F &S &V &W +IFC +ICF +IPR +CMEE"),
    ("identity, companion 6.1", "I +GMI +CGMI +GMM +CGMM +GMR +CGMR +GSN +CGSN +CIMI +QCCID +ICCID +CCID"),
    ("SIM, companion 6.2", "+CPIN +QINISTAT +QPINC +QSIMSTAT +CLCK +CPWD"),
    (
        "network, companion 6.3",
        "+CSQ +CREG +CGREG +CEREG +COPS +QNWINFO +QSPN +CGATT +CGACT +CGDCONT +CGPADDR +CPAS +CEER",
    ),
    ("time, companion 6.4", "+CTZU +CTZR +QLTS"),
    ("power, companion 6.5", "+CFUN +QPOWD +QURCCFG +QINDCFG +QSCLK +QCFG +CBC +CMUX D H A"),
];

/// It prints the whole table, so a unit test compares it with the table.
const NO_TRANSCRIPT: &str = "AT+CLAC";

/// Prints the table.
pub(crate) fn run() -> Result<(), String> {
    let used = used(&dialogues::all()?);
    let mut out = io::stdout().lock();
    print(&mut out, &used).map_err(|e| e.to_string())?;
    let missing = missing(&used);
    if missing.is_empty() { Ok(()) } else { Err(format!("no transcript has {}", missing.join(", "))) }
}

fn print(out: &mut impl Write, used: &BTreeMap<String, usize>) -> io::Result<()> {
    let mut listed = BTreeSet::new();
    for (document, names) in DOCUMENTED {
        writeln!(out, "{document}")?;
        for name in names.split_whitespace() {
            match Command::find(command_table(), name) {
                Some((row, _)) => {
                    listed.insert(row.name);
                    let forms: Vec<String> =
                        forms(row).into_iter().map(|form| format!("{form} {}", count(used, &form))).collect();
                    writeln!(out, "  AT{name}: {}", forms.join(", "))?;
                }
                None => writeln!(out, "  AT{name}: NO ROW")?,
            }
        }
    }
    let more: Vec<&str> =
        command_table().iter().map(|row| row.name).filter(|name| !listed.contains(name)).collect();
    writeln!(out, "rows beyond these documents: {}", more.join(" "))
}

fn count(used: &BTreeMap<String, usize>, form: &str) -> usize {
    used.get(form).copied().unwrap_or_default()
}

/// Forms that rows have and no transcript uses.
fn missing(used: &BTreeMap<String, usize>) -> Vec<String> {
    command_table()
        .iter()
        .flat_map(|row| forms(row))
        .filter(|form| count(used, form) == 0 && form != NO_TRANSCRIPT)
        .collect()
}

/// Every form of a row, as a host begins it.
fn forms(row: &Row) -> Vec<String> {
    let mut forms = Vec::new();
    if row.group != Group::Basic && !(matches!(row.test, Test::Derived) && row.set.is_empty()) {
        forms.push(format!("AT{}=?", row.name));
    }
    if row.read.is_some() {
        forms.push(format!("AT{}?", row.name));
    }
    if row.exec.is_some() {
        forms.push(format!("AT{}", row.name));
    }
    forms.extend(row.set.iter().map(|form| set(row, form)));
    forms
}

/// How often the transcripts use each form.
fn used(dialogues: &[Dialogue]) -> BTreeMap<String, usize> {
    let mut used = BTreeMap::new();
    for form in dialogues.iter().flat_map(|dialogue| &dialogue.commands).map(Typed::form) {
        *used.entry(form).or_default() += 1;
    }
    used
}

#[test]
fn every_form_of_every_row_has_a_transcript() {
    let missing = missing(&used(&dialogues::all().unwrap_or_default()));
    assert!(missing.is_empty(), "no transcript has {}", missing.join(", "));
}

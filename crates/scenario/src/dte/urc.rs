//! The unsolicited result codes that a host of these modules knows.

/// Data behind an unsolicited result code are at most so long (D19).
pub(super) const MAX_FRAME: usize = 1500;

/// Checks the text of an unsolicited result code and says how many bytes of data follow it, if it
/// announces any.
pub(super) fn check(text: &str) -> Result<Option<usize>, String> {
    let Some((name, rest)) = text.split_once(": ") else {
        return match text {
            "RDY" | "POWERED DOWN" => Ok(None),
            _ => Err("not a known unsolicited result code".into()),
        };
    };
    let fields: Vec<&str> = rest.split(',').collect();
    match (name, fields.as_slice()) {
        ("+QSSLURC" | "+QIURC", ["\"recv\"", id]) => client(id).map(|()| None),
        ("+QSSLURC" | "+QIURC", ["\"recv\"", id, len]) => {
            client(id)?;
            match number(len)? {
                0 => Err("a frame of 0 bytes".into()),
                n => Ok(Some(n)),
            }
        }
        ("+QSSLURC" | "+QIURC", ["\"closed\"", id]) => client(id).map(|()| None),
        ("+QIURC", ["\"recv\"", id, len, _, port]) => {
            client(id)?;
            number(port)?;
            Ok(Some(number(len)?))
        }
        ("+QIURC", ["\"incoming\"", id, server, _, port]) => {
            client(id)?;
            client(server)?;
            number(port)?;
            Ok(None)
        }
        ("+QIURC", ["\"incoming full\""]) => Ok(None),
        ("+QIURC", ["\"pdpdeact\"", _]) => Ok(None),
        ("+QIURC", ["\"dnsgip\"", "0", count, ttl]) => {
            number(count)?;
            number(ttl)?;
            Ok(None)
        }
        ("+QIURC", ["\"dnsgip\"", address]) if address.starts_with('"') => Ok(None),
        ("+QIURC", ["\"dnsgip\"", err]) => code(err),
        ("+QSSLOPEN" | "+QIOPEN", [id, err]) => {
            client(id)?;
            code(err)
        }
        ("+QIACTEX" | "+QIDEACTEX", [_, err, ..]) => code(err),
        ("+QPING" | "+QNTP", [err, ..]) => code(err),
        ("+CREG" | "+CGREG" | "+CEREG" | "+CPIN" | "+CFUN" | "+QUSIM" | "+QIND", _) => Ok(None),
        ("+CTZV" | "+CTZE" | "+QSIMSTAT", _) => Ok(None),
        _ => Err("not a known unsolicited result code".into()),
    }
}

/// Is this the name of a code that comes unsolicited only, whatever was asked?
pub(super) fn is_unsolicited(text: &str) -> bool {
    text.starts_with("+QSSLURC: ") || text.starts_with("+QIURC: ")
}

/// A code of Table 5.
fn code(text: &str) -> Result<Option<usize>, String> {
    match number(text)? {
        0 | 550..=574 => Ok(None),
        n => Err(format!("{n} is no code of Table 5")),
    }
}

fn client(text: &str) -> Result<(), String> {
    match number(text)? {
        0..=11 => Ok(()),
        n => Err(format!("{n} is no client id")),
    }
}

/// A decimal number as the module prints it: no sign, no leading zero.
pub(super) fn number(text: &str) -> Result<usize, String> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| plain).ok_or_else(|| format!("`{text}` is no number"))
}

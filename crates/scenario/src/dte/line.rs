//! A command line as the host means it: what echo and which answers to expect.

/// What the host knows of the port's settings, as far as reading depends on them.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// `None`: a line failed half-way or a stored profile was loaded; the next line will tell.
    pub(super) echo: Option<bool>,
    pub(super) verbose: bool,
    pub(super) quiet: bool,
    pub(super) payload_echo: bool,
    /// `viewmode`: a comma stands between header and data.
    pub(super) comma: bool,
    /// `dataformat`: received data is hexadecimal.
    pub(super) hex: bool,
    /// `recvind`: a notice has a length.
    pub(super) notice_length: bool,
    /// `formatcfg`: the prompt is a line of its own.
    pub(super) prompt_line: bool,
    /// `qisend/timeout`: a payload may end without being complete.
    pub(super) impatient: bool,
    pub(super) s3: u8,
    pub(super) s4: u8,
    pub(super) s5: u8,
    /// The last complete line ended with CR LF (D30).
    pub(super) sends_lf: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            echo: Some(true),
            verbose: true,
            quiet: false,
            payload_echo: true,
            comma: false,
            hex: false,
            notice_length: false,
            prompt_line: false,
            impatient: false,
            s3: b'\r',
            s4: b'\n',
            s5: 8,
            sends_lf: false,
        }
    }
}

/// One command of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cmd {
    /// Upper case, the misprints of the note put right (D1).
    pub(super) name: String,
    /// Everything behind the name: `=?`, `?`, `=1,2`, `0`.
    pub(super) tail: String,
}

impl Cmd {
    /// The parameters of a write command.
    pub(super) fn params(&self) -> Vec<&str> {
        match self.tail.strip_prefix('=') {
            Some("?") | None => Vec::new(),
            Some(params) => params.split(',').map(str::trim).collect(),
        }
    }

    fn digit(&self) -> u32 {
        self.tail.parse().unwrap_or(0)
    }

    /// May `text` be information text of this command?
    pub(super) fn answers_with(&self, text: &str) -> bool {
        let plain =
            ["I", "+GMI", "+GMM", "+GMR", "+GSN", "+CGMI", "+CGMM", "+CGMR", "+CGSN", "+CIMI", "&V", "+CLAC"];
        if plain.contains(&self.name.as_str()) {
            return true;
        }
        if let Some(rest) = self.name.strip_prefix('S')
            && rest.bytes().all(|b| b.is_ascii_digit())
        {
            return text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
        }
        let named = text.split_once(": ").is_some_and(|(name, _)| {
            // With "sendinfo" 1 the report of both is the same.
            name.eq_ignore_ascii_case(&self.name) || (self.name == "+QISENDEX" && name == "+QISEND")
        });
        let reports_later = ["+QSSLOPEN", "+QIOPEN", "+QIACTEX", "+QIDEACTEX", "+QPING", "+QNTP"];
        let is_report = reports_later.contains(&self.name.as_str()) && !self.tail.ends_with('?');
        named && !is_report
    }

    /// May this command answer with `CONNECT`?
    pub(super) fn may_connect(&self) -> bool {
        match self.name.as_str() {
            "O" | "D" => true,
            "+QSSLOPEN" | "+QISWTMD" => self.tail.trim_end().ends_with('2'),
            "+QIOPEN" => self.params().get(6) == Some(&"2"),
            _ => self.moves_file(),
        }
    }

    /// Does this command move the content of a file between `CONNECT` and its result?
    pub(super) fn moves_file(&self) -> bool {
        ["+QFUPL", "+QFDWL", "+QFREAD", "+QFWRITE"].contains(&self.name.as_str())
    }

    /// May this command ask for a payload?
    pub(super) fn may_prompt(&self) -> bool {
        ["+QSSLSEND", "+QISEND"].contains(&self.name.as_str()) && !self.params().is_empty()
    }

    /// Does this command set the form of result codes?
    pub(super) fn sets_form(&self) -> bool {
        ["V", "Q", "Z", "&F"].contains(&self.name.as_str())
    }
}

/// The commands of a line's body (what follows `AT`).
pub(super) fn commands(body: &str) -> Vec<Cmd> {
    // Spaces outside of strings mean nothing.
    let mut quoted = false;
    let compact: String = body
        .chars()
        .filter(|c| {
            quoted ^= *c == '"';
            quoted || *c != ' '
        })
        .collect();
    let mut rest = compact.as_str();
    let mut cmds = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (name_len, tail_len) = match first {
            ';' => {
                rest = &rest[1..];
                if rest.len() >= 2 && rest.as_bytes()[..2].eq_ignore_ascii_case(b"AT") {
                    rest = &rest[2..];
                }
                continue;
            }
            '&' => (2, digits(rest.get(2..).unwrap_or(""))),
            'S' | 's' => {
                let number = digits(&rest[1..]);
                let after = &rest[1 + number..];
                let tail = match after.bytes().next() {
                    Some(b'?') => 1,
                    Some(b'=') => 1 + digits(&after[1..]),
                    _ => 0,
                };
                (1 + number, tail)
            }
            'D' | 'd' => (1, rest.len() - 1),
            c if c.is_ascii_alphabetic() => (1, digits(&rest[1..])),
            c if c.is_ascii_punctuation() => {
                let end = unquoted_semicolon(rest);
                let name = rest[..end].find(['=', '?', ' ']).unwrap_or(end);
                (name, end - name)
            }
            _ => break,
        };
        let (Some(name), Some(tail)) = (rest.get(..name_len), rest.get(name_len..name_len + tail_len)) else {
            break;
        };
        cmds.push(Cmd { name: correct(&name.to_ascii_uppercase()), tail: tail.trim().to_string() });
        rest = &rest[name_len + tail_len..];
    }
    cmds
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn unquoted_semicolon(text: &str) -> usize {
    let mut quoted = false;
    text.bytes()
        .position(|b| {
            quoted ^= b == b'"';
            b == b';' && !quoted
        })
        .unwrap_or(text.len())
}

/// The note's misprints (D1): answers use the correct name.
fn correct(name: &str) -> String {
    match name {
        "+QSSLCF" => "+QSSLCFG",
        "+QSSSEND" | "+QSSLSSEND" => "+QSSLSEND",
        "+QSSLRCV" => "+QSSLRECV",
        other => other,
    }
    .into()
}

impl Settings {
    /// S3 and S4 hold from the answer to the line on that sets them (V.250 6.2.1), if it begins with them.
    pub(super) fn take_line_ends(&mut self, cmds: &[Cmd], answer: Option<&[u8]>) {
        let mut new = self.clone();
        new.apply(cmds);
        if answer == Some(&[new.s3, new.s4]) {
            (self.s3, self.s4) = (new.s3, new.s4);
        }
    }

    /// What a line that was answered with `OK` has changed.
    pub(super) fn apply(&mut self, cmds: &[Cmd]) {
        for cmd in cmds {
            match (cmd.name.as_str(), cmd.digit()) {
                ("E", n) => self.echo = Some(n != 0),
                ("V", n) => self.verbose = n != 0,
                ("Q", n) => self.quiet = n != 0,
                ("&F", _) => {
                    let new = Settings::default();
                    *self = Settings {
                        echo: new.echo,
                        verbose: new.verbose,
                        quiet: new.quiet,
                        s3: new.s3,
                        s4: new.s4,
                        s5: new.s5,
                        ..self.clone()
                    };
                }
                ("Z", _) => self.echo = None,
                ("+CFUN", _) if cmd.params() == ["1", "1"] => {
                    *self = Settings { echo: None, sends_lf: self.sends_lf, ..Settings::default() };
                }
                ("+QISDE", _) if !cmd.params().is_empty() => self.payload_echo = cmd.params() == ["1"],
                ("+QICFG", _) => self.configure(&cmd.params()),
                ("S3", _) => set(&mut self.s3, cmd),
                ("S4", _) => set(&mut self.s4, cmd),
                ("S5", _) => set(&mut self.s5, cmd),
                _ => {}
            }
        }
    }

    fn configure(&mut self, params: &[&str]) {
        let [item, values @ ..] = params else { return };
        match (item.to_ascii_lowercase().as_str(), values) {
            ("\"viewmode\"", [on]) => self.comma = *on == "1",
            ("\"dataformat\"", [_, receive]) => self.hex = *receive == "1",
            ("\"recvind\"", [on]) => self.notice_length = *on == "1",
            ("\"formatcfg\"", [on]) => self.prompt_line = *on == "1",
            ("\"qisend/timeout\"", [seconds]) => self.impatient = *seconds != "0",
            _ => {}
        }
    }

    /// What a line that failed somewhere may have changed: nothing is certain.
    pub(super) fn apply_failed(&mut self, cmds: &[Cmd]) {
        if cmds.iter().any(|c| ["E", "Z", "&F"].contains(&c.name.as_str())) {
            self.echo = None;
        }
    }
}

fn set(register: &mut u8, cmd: &Cmd) {
    if let Some(value) = cmd.tail.strip_prefix('=').and_then(|v| v.parse().ok()) {
        *register = value;
    }
}

//! Words of a line to values, each within limits that no file gets past.

use super::escape::unescape;
use core::time::Duration;

/// 2026-11-22T12:00:00Z: inside the validity of every good certificate.
pub(super) const DEFAULT_CLOCK: i64 = 1_795_348_800;

/// Longest that time passes in one line.
const MAX_WAIT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Largest number in a line: bytes of a file, of a window.
const MAX_NUMBER: usize = 1 << 20;

/// What a word should have been.
pub(super) type Reason = String;

pub(super) fn number(word: &str) -> Result<usize, Reason> {
    let number: usize = word.parse().map_err(|_| format!("`{word}` is no number"))?;
    if number > MAX_NUMBER { Err(format!("`{word}` is more than {MAX_NUMBER}")) } else { Ok(number) }
}

/// A number from 1 on, counted from 0.
pub(super) fn ordinal(word: &str) -> Result<usize, Reason> {
    number(word)?.checked_sub(1).ok_or_else(|| "these are counted from 1".into())
}

pub(super) fn on(word: &str) -> bool {
    word == "on"
}

/// A whole number or one with up to three decimals, and its unit.
pub(super) fn duration(word: &str) -> Result<Duration, Reason> {
    let wrong = || format!("`{word}` is no time: write a number and us, ms, s, m or h, as in 120ms or 1.5s");
    let digits = word.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let (value, unit) = word.split_at(digits);
    let (whole, thousandths) = value.split_once('.').unwrap_or((value, "0"));
    if thousandths.is_empty() || thousandths.len() > 3 {
        return Err(wrong());
    }
    let micros: u64 = match unit {
        "us" if !value.contains('.') => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        _ => return Err(wrong()),
    };
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let part: u64 = format!("{thousandths:0<3}").parse().map_err(|_| wrong())?;
    let time = whole.checked_mul(micros).map(|us| Duration::from_micros(us + part * micros / 1000));
    time.filter(|time| *time <= MAX_WAIT).ok_or_else(|| format!("`{word}` is more than 30 days"))
}

/// The text in quotes that `rest` is.
pub(super) fn quoted(rest: &str) -> Result<Vec<u8>, Reason> {
    let rest = rest.trim_end();
    let inner = rest.strip_prefix('"').ok_or("there is no text in quotes")?;
    unescape(inner.strip_suffix('"').ok_or("there is no closing quote at the end of the line")?)
}

/// The same of characters.
pub(super) fn text(rest: &str) -> Result<String, Reason> {
    String::from_utf8(quoted(rest)?).map_err(|_| "the text in quotes is no UTF-8".into())
}

/// Seconds since 1970 of `YYYY-MM-DDThh:mm:ssZ`, in the years 1970 to 2199.
pub(super) fn unix_time(text: &str) -> Result<i64, Reason> {
    parse_time(text).ok_or_else(|| {
        format!("`{text}` is no time from 1970 to 2199: write it as in 2026-11-22T12:00:00Z, in UTC")
    })
}

fn parse_time(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let fields = |text: &str, mark| -> Option<[i64; 3]> {
        let fields: Vec<i64> = text.split(mark).map(|f| f.parse().ok()).collect::<Option<_>>()?;
        fields.try_into().ok()
    };
    let [year, month, day] = fields(date, '-')?;
    let [hour, minute, second] = fields(time, ':')?;
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let is_date = (1970..2200).contains(&year) && (1..=12).contains(&month) && (1..=last).contains(&day);
    if !is_date || !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..60).contains(&second) {
        return None;
    }
    // Days since 0000-03-01, so that the leap day is the last of its year.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// The time as `unix_time` reads it.
pub fn utc(unix: i64) -> String {
    let (days, second) = (unix.div_euclid(86_400), unix.rem_euclid(86_400));
    // As above: years begin in March.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = match month {
        0..10 => (year + era * 400, month + 3),
        _ => (year + era * 400 + 1, month - 9),
    };
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks() {
        for (text, unix) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:34:56Z", 951_827_696),
            ("2026-11-22T12:00:00Z", DEFAULT_CLOCK),
            ("2199-12-31T23:59:59Z", 7_258_118_399),
        ] {
            assert_eq!(unix_time(text), Ok(unix));
            assert_eq!(utc(unix), text);
        }
        for bad in
            ["2026-11-22", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z", "9999999999-01-01T00:00:00Z"]
        {
            assert!(unix_time(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(duration("120ms"), Ok(Duration::from_millis(120)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("12.034ms"), Ok(Duration::from_micros(12_034)));
        for bad in ["5", "ms", "1.ms", "1.2345s", "1.5us", "18446744073709551615h", "1.2.3s", "721h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}

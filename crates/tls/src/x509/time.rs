//! Dates of certificates (RFC 5280 4.1.2.5).
use crate::UnixTime;
use der::{Decode, ErrorKind, Header, Reader, Tag};
use std::fmt;

const DAY: i64 = 86_400;

/// Reads a UTCTime or GeneralizedTime, both in the one form that RFC 5280 allows: to the second, ending in Z.
///
/// `der` has these types too, but none of them goes back before 1970, which UTCTime does (to 1950).
pub(super) fn decode<'a>(reader: &mut impl Reader<'a>) -> der::Result<UnixTime> {
    let header = Header::decode(reader)?;
    let at = reader.position();
    let text = reader.read_slice(header.length())?;
    let (year, rest) = match header.tag() {
        Tag::UtcTime => {
            let (year, rest) = number(text, 2).ok_or(ErrorKind::DateTime.at(at))?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        Tag::GeneralizedTime => number(text, 4).ok_or(ErrorKind::DateTime.at(at))?,
        other => return Err(other.unexpected_error(None).at(at)),
    };
    after_year(year, rest).ok_or(ErrorKind::DateTime.at(at))
}

/// `MMDDHHMMSSZ`.
fn after_year(year: i64, rest: &[u8]) -> Option<UnixTime> {
    let (month, rest) = number(rest, 2)?;
    let (day, rest) = number(rest, 2)?;
    let (hour, rest) = number(rest, 2)?;
    let (minute, rest) = number(rest, 2)?;
    let (second, rest) = number(rest, 2)?;
    let in_range = rest == b"Z"
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let seconds = hour * 3600 + minute * 60 + second;
    in_range.then(|| UnixTime(days_from_civil(year, month, day) * DAY + seconds))
}

fn number(text: &[u8], digits: usize) -> Option<(i64, &[u8])> {
    let (head, rest) = text.split_at_checked(digits)?;
    let mut value = 0;
    for byte in head {
        value = value * 10 + i64::from(byte.checked_sub(b'0').filter(|digit| *digit < 10)?);
    }
    Some((value, rest))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar. Years are counted from March, so that the leap day is the last
/// of its year.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

/// A time as `2025-03-01 12:00:00`, in UTC.
pub(super) struct Readable(pub(super) UnixTime);

/// `2026-11-22 12:00:00`, UTC.
impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Readable(*self).fmt(f)
    }
}

impl fmt::Display for Readable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, seconds) = (self.0.0.div_euclid(DAY), self.0.0.rem_euclid(DAY));
        let from_march = days + 719_468;
        let era = from_march.div_euclid(146_097);
        let day_of_era = from_march.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use der::SliceReader;

    fn read(tag: u8, text: &str) -> Option<String> {
        let mut bytes = vec![tag, text.len() as u8];
        bytes.extend(text.bytes());
        let time = decode(&mut SliceReader::new(&bytes).unwrap()).ok()?;
        Some(Readable(time).to_string())
    }

    #[test]
    fn both_forms() {
        for (tag, text, expected) in [
            (0x17, "700101000000Z", "1970-01-01 00:00:00"),
            (0x17, "500101120001Z", "1950-01-01 12:00:01"),
            (0x17, "491231235959Z", "2049-12-31 23:59:59"),
            (0x17, "000229000000Z", "2000-02-29 00:00:00"),
            (0x18, "20500101000000Z", "2050-01-01 00:00:00"),
            (0x18, "99991231235959Z", "9999-12-31 23:59:59"),
            (0x18, "00000301000000Z", "0000-03-01 00:00:00"),
            (0x18, "19691231235959Z", "1969-12-31 23:59:59"),
            (0x18, "20240229235959Z", "2024-02-29 23:59:59"),
        ] {
            assert_eq!(read(tag, text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn nothing_else() {
        for (tag, text) in [
            (0x17, "7001010000Z"),
            (0x17, "700101000000"),
            (0x17, "700101000000+0000"),
            (0x17, "700132000000Z"),
            (0x17, "700001000000Z"),
            (0x17, "701301000000Z"),
            (0x17, "010229000000Z"),
            (0x17, "700101240000Z"),
            (0x17, "700101006000Z"),
            (0x17, "700101000060Z"),
            (0x17, "7001010000 0Z"),
            (0x17, ""),
            (0x18, "20500101000000.5Z"),
            (0x18, "500101000000Z"),
            (0x18, "21000229000000Z"),
            (0x13, "700101000000Z"),
        ] {
            assert_eq!(read(tag, text), None, "{text}");
        }
    }

    #[test]
    fn every_day_survives_the_round_trip() {
        for day in -30_000..30_000i64 {
            let text = Readable(UnixTime(day * DAY)).to_string().replace(['-', ' ', ':'], "") + "Z";
            let (year, rest) = number(text.as_bytes(), 4).unwrap();
            assert_eq!(after_year(year, rest), Some(UnixTime(day * DAY)), "{text}");
        }
    }
}

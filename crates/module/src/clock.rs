//! The module's own clock (§1.5, D9, D26): `AT+CCLK` moves it, certificate dates are compared with it.
//! It shows local time with a zone in quarter hours (27.007 8.15).

use alloc::{format, string::String};
use at::time::Instant;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// Quarter hours east of UTC, -48 to +56.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Zone(i32);

impl Zone {
    fn seconds(self) -> i64 {
        i64::from(self.0) * 900
    }
}

/// A clock that runs with the time given and can be set.
#[derive(Clone, Debug)]
pub struct Clock {
    set_at: Instant,
    unix: i64,
    zone: Zone,
}

impl Clock {
    /// A clock that shows `unix` (seconds since 1970 UTC) at `now`, in UTC+8.
    pub fn new(unix: i64, now: Instant) -> Clock {
        Clock { set_at: now, unix, zone: Zone(32) }
    }

    /// The same in another zone, given in quarter hours east of UTC.
    pub fn at_zone(unix: i64, zone: i8, now: Instant) -> Clock {
        Clock { set_at: now, unix, zone: Zone(i32::from(zone).clamp(-48, 56)) }
    }

    /// Seconds since 1970 UTC.
    pub fn unix(&self, now: Instant) -> i64 {
        let elapsed = i64::try_from((now - self.set_at).as_secs()).unwrap_or(i64::MAX);
        self.unix.saturating_add(elapsed)
    }

    /// Shows `unix` at `now`; the zone stays.
    pub fn set_unix(&mut self, now: Instant, unix: i64) {
        *self = Clock { set_at: now, unix, zone: self.zone };
    }

    /// `yyyy/MM/dd,hh:mm:ss+zz` as `AT+QNTP` prints it: a time in UTC that carries the local zone.
    pub fn marked_stamp(&self, unix: i64) -> String {
        format!("{}{}", stamp(unix), self.zone_text())
    }

    /// `yy/MM/dd,hh:mm:ss+zz`: local time.
    pub fn text(&self, now: Instant) -> String {
        let local = self.unix(now).saturating_add(self.zone.seconds());
        // The century is not shown.
        let stamp = stamp(local);
        format!("{}{}", stamp.get(2..).unwrap_or_default(), self.zone_text())
    }

    /// `yyyy/MM/dd,hh:mm:ss`: local time at `now`.
    pub fn local_stamp(&self, now: Instant) -> String {
        stamp(self.unix(now).saturating_add(self.zone.seconds()))
    }

    /// `yyyy/MM/dd,hh:mm:ss`: UTC at `now`.
    pub fn utc_stamp(&self, now: Instant) -> String {
        stamp(self.unix(now))
    }

    /// When it was set.
    pub fn set_at(&self) -> Instant {
        self.set_at
    }

    /// `+zz`.
    pub fn zone_text(&self) -> String {
        format!("{}{:02}", if self.zone.0 < 0 { '-' } else { '+' }, self.zone.0.abs())
    }

    /// Sets the clock from `yy/MM/dd,hh:mm:ss` with or without `+zz`; without it the zone stays. `None`
    /// when the text does not have that form or there is no such date, time or zone. Years are 2000-2099.
    pub fn set(&mut self, now: Instant, text: &str) -> Option<()> {
        let (stamp, zone) = text.split_at_checked(17)?;
        let zone = if zone.is_empty() { self.zone } else { parse_zone(zone)? };
        let digits = |at: usize| {
            let two = stamp.get(at..at + 2)?;
            two.bytes().all(|b| b.is_ascii_digit()).then(|| two.parse::<u8>().ok()).flatten()
        };
        let marks = [(2, '/'), (5, '/'), (8, ','), (11, ':'), (14, ':')];
        if !marks.iter().all(|(at, mark)| stamp.get(*at..).is_some_and(|rest| rest.starts_with(*mark))) {
            return None;
        }
        let month = Month::try_from(digits(3)?).ok()?;
        let date = Date::from_calendar_date(2000 + i32::from(digits(0)?), month, digits(6)?).ok()?;
        let time = Time::from_hms(digits(9)?, digits(12)?, digits(15)?).ok()?;
        let local = PrimitiveDateTime::new(date, time).assume_offset(UtcOffset::UTC).unix_timestamp();
        *self = Clock { set_at: now, unix: local - zone.seconds(), zone };
        Some(())
    }
}

/// `yyyy/MM/dd,hh:mm:ss`
fn stamp(unix: i64) -> String {
    let t = OffsetDateTime::from_unix_timestamp(unix).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, time) = (t.date(), t.time());
    format!(
        "{:04}/{:02}/{:02},{:02}:{:02}:{:02}",
        date.year().rem_euclid(10_000),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
    )
}

fn parse_zone(text: &str) -> Option<Zone> {
    let (sign, digits) = match text.as_bytes() {
        [b'+', _, _] => (1, text.get(1..)?),
        [b'-', _, _] => (-1, text.get(1..)?),
        _ => return None,
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let zone = sign * digits.parse::<i32>().ok()?;
    (-48..=56).contains(&zone).then_some(Zone(zone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;

    #[test]
    fn runs_and_prints_local_time() {
        let start = Instant::from_micros(5);
        let clock = Clock::new(1_795_348_800, start); // 2026-11-22T12:00:00Z
        assert_eq!(clock.text(start), "26/11/22,20:00:00+32");
        assert_eq!(clock.text(start + Duration::from_secs(61)), "26/11/22,20:01:01+32");
    }

    #[test]
    fn sets_and_refuses() {
        let now = Instant::ZERO;
        let mut clock = Clock::new(0, now);
        for text in
            ["26/11/22,20:00:00+32", "99/12/31,23:59:59-48", "00/02/29,00:00:00+56", "04/02/29,00:00:00+00"]
        {
            clock.set(now, text).unwrap();
            assert_eq!(clock.text(now), text);
        }
        clock.set(now, "26/11/22,12:00:00+00").unwrap();
        assert_eq!(clock.unix(now), 1_795_348_800);
        clock.set(now, "26/11/22,20:00:00+32").unwrap();
        assert_eq!(clock.unix(now), 1_795_348_800);
        clock.set(now, "26/11/22,20:00:01").unwrap();
        assert_eq!(clock.text(now), "26/11/22,20:00:01+32");
        for bad in [
            "",
            "26/11/22",
            "26/13/22,20:00:00+32",
            "26/02/29,20:00:00+32",
            "26/11/22,24:00:00+32",
            "26/11/22,20:60:00+32",
            "26/11/22,20:00:00+57",
            "26/11/22,20:00:00-49",
            "26/11/22 20:00:00+32",
            "26/11/22,20:00:00+3",
            "26/11/22,20:00:00*32",
            "2026/11/22,20:00:00+32",
            "+6/11/22,20:00:00+32",
            "26/11/22,20:00:0é+32",
        ] {
            assert!(clock.set(now, bad).is_none(), "{bad}");
        }
        assert_eq!(clock.text(now), "26/11/22,20:00:01+32");
    }
}

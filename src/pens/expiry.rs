//! The value of package-url-expiry: ISO 8601, expressed as UTC with a trailing `Z` (6.2.11, corrections of 1.0a).
//!
//! The shape is looked at first and the calendar second, since every date parser at hand takes more than the shape.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};

/// What a package-url-expiry turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// The null string, which is in the value space.
    Null,
    /// `YYYY-MM-DDThh:mm:ssZ`, the sample's form, with or without a fraction of a second.
    Exact(DateTime<Utc>),
    /// Date and time without the `Z`, as revision 1.0 printed it: local time, somewhere.
    MissingZ,
    /// Date and time with a numeric offset from UTC.
    Offset,
    /// A date without a time.
    DateOnly,
    /// UTC in another form that ISO 8601 has: basic, by week or day of the year, without seconds, at a leap second.
    OtherIso(DateTime<Utc>),
    /// The shape of a date and time that no calendar or clock has; a 60th second that is no leap second counts among them.
    NoSuchDate,
    /// Nothing that ISO 8601 knows.
    NotADate,
}

impl Expiry {
    /// Classifies a value.
    #[must_use]
    pub fn read(value: &str) -> Self {
        const LONGEST: usize = 64;
        if value.is_empty() {
            return Self::Null;
        }
        if value.len() > LONGEST {
            return Self::NotADate;
        }
        let Some((date, rest)) = value.split_once(['T', 't']) else {
            return match date_of(value) {
                Some((_, None)) => Self::NoSuchDate,
                Some((_, Some(_))) => Self::DateOnly,
                None => Self::NotADate,
            };
        };
        let (time, zone) = rest.split_at(rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len()));
        match (date_of(date), time_of(time), Zone::read(zone)) {
            (Some((form, day)), Some(time), Some(zone)) if fits(form, time.form) => {
                let exact = time.whole && value.as_bytes().get(10) == Some(&b'T') && value.ends_with('Z');
                classify(day.zip(time.clock), zone, form == Form::Calendar && exact)
            }
            _ => Self::NotADate,
        }
    }

    /// The moment, where the value names one in UTC.
    #[must_use]
    pub fn moment(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Exact(moment) | Self::OtherIso(moment) => Some(moment),
            Self::Null
            | Self::MissingZ
            | Self::Offset
            | Self::DateOnly
            | Self::NoSuchDate
            | Self::NotADate => None,
        }
    }

    /// Whether the value is a date and time in UTC, or null: what 6.2.11 asks for.
    #[must_use]
    pub fn keeps(self) -> bool {
        self == Self::Null || self.moment().is_some()
    }
}

fn classify(moment: Option<(NaiveDate, Clock)>, zone: Zone, exact: bool) -> Expiry {
    let after = |date: NaiveDate| date.checked_add_days(Days::new(1));
    let day = |(date, clock): (NaiveDate, Clock)| match clock {
        Clock::Within(time) => Some(date.and_time(time).and_utc()),
        Clock::Midnight => after(date).map(|next| next.and_time(NaiveTime::MIN).and_utc()),
        Clock::Leap => after(date)
            .filter(|next| next.day() == 1 && matches!(next.month(), 1 | 7))
            .map(|next| next.and_time(NaiveTime::MIN).and_utc()),
    };
    let Some(utc) = moment.and_then(day) else { return Expiry::NoSuchDate };
    match zone {
        Zone::Absent => Expiry::MissingZ,
        Zone::Numeric => Expiry::Offset,
        Zone::Z if exact => Expiry::Exact(utc),
        Zone::Z => Expiry::OtherIso(utc),
    }
}

/// How a date is written; ISO 8601 wants the time in the same format, basic or extended.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Calendar,
    Extended,
    Basic,
    /// Hours alone, which look the same in both.
    Either,
}

fn fits(date: Form, time: Form) -> bool {
    time == Form::Either || (time == Form::Basic) == (date == Form::Basic)
}

/// A date by its shape, and the day it names, if the calendar has it.
fn date_of(text: &str) -> Option<(Form, Option<NaiveDate>)> {
    const SHAPES: [(&str, Form, &str); 6] = [
        ("9999-99-99", Form::Calendar, "%Y-%m-%d"),
        ("9999-999", Form::Extended, "%Y-%j"),
        ("9999-W99-9", Form::Extended, "%G-W%V-%u"),
        ("99999999", Form::Basic, "%Y%m%d"),
        ("9999999", Form::Basic, "%Y%j"),
        ("9999W999", Form::Basic, "%GW%V%u"),
    ];
    let shape = shape(text);
    let (_, form, format) = SHAPES.iter().find(|row| row.0 == shape)?;
    Some((*form, NaiveDate::parse_from_str(text, format).ok()))
}

struct Time {
    form: Form,
    /// Hours, minutes and seconds in the extended format, a fraction with a full stop at most.
    whole: bool,
    clock: Option<Clock>,
}

#[derive(Clone, Copy)]
enum Clock {
    Within(NaiveTime),
    /// 24:00:00, the end of the day (ISO 8601:2000, 5.3.2).
    Midnight,
    /// 23:59:60, which June and December may end with.
    Leap,
}

fn time_of(text: &str) -> Option<Time> {
    let (clock, fraction) = match text.split_once(['.', ',']) {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    if fraction.is_some_and(|digits| digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let form = match shape(clock).as_str() {
        "99:99:99" | "99:99" => Form::Extended,
        "999999" | "9999" => Form::Basic,
        "99" => Form::Either,
        _ => return None,
    };
    let digits: Vec<u32> =
        clock.bytes().filter(u8::is_ascii_digit).map(|byte| u32::from(byte - b'0')).collect();
    let two = |at| digits.get(at).zip(digits.get(at + 1)).map_or(0, |(tens, ones)| tens * 10 + ones);
    let nanos = fraction.map_or(0, nanoseconds);
    let time = match (two(0), two(2), two(4), nanos) {
        (24, 0, 0, 0) => Some(Clock::Midnight),
        (23, 59, 60, _) => Some(Clock::Leap),
        (h, m, s, nanos) => NaiveTime::from_hms_nano_opt(h, m, s, nanos).map(Clock::Within),
    };
    let whole = clock.len() == 8 && !text.contains(',') && matches!(time, Some(Clock::Within(_)) | None);
    Some(Time { form, whole, clock: time })
}

/// The first nine digits of a fraction of a second; a fraction of a minute or hour is not worth more than this.
fn nanoseconds(digits: &str) -> u32 {
    digits
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(9)
        .fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'))
}

#[derive(Clone, Copy)]
enum Zone {
    Absent,
    Z,
    Numeric,
}

impl Zone {
    fn read(text: &str) -> Option<Self> {
        match shape(text).as_str() {
            "" => Some(Self::Absent),
            "Z" | "z" => Some(Self::Z),
            "+99" | "-99" | "+99:99" | "-99:99" | "+9999" | "-9999" => Some(Self::Numeric),
            _ => None,
        }
    }
}

/// The text with a 9 for every digit.
fn shape(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn check(input: &str, expected: Expiry) {
        assert_eq!(Expiry::read(input), expected, "{input:?}");
    }

    fn sample() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2005, 7, 22, 6, 51, 29).unwrap()
    }

    #[test]
    fn the_samples_form_is_exact() {
        check("2005-07-22T06:51:29Z", Expiry::Exact(sample()));
        check("2005-07-22T06:51:29.250Z", Expiry::Exact(sample() + chrono::TimeDelta::milliseconds(250)));
        let long = format!("2005-07-22T06:51:29.{}Z", "0".repeat(40));
        check(&long, Expiry::Exact(sample()));
        check("", Expiry::Null);
    }

    #[test]
    fn what_is_not_utc_is_told_apart() {
        check("2005-07-22T06:51:29", Expiry::MissingZ);
        check("2005-07-22T06:51:29.5", Expiry::MissingZ);
        check("2005-07-22T06:51:29+00:00", Expiry::Offset);
        check("2005-07-22T06:51:29+0000", Expiry::Offset);
        check("20050722T065129-0500", Expiry::Offset);
        check("2005-07-22T06:51:29+02", Expiry::Offset);
        check("2005-07-22", Expiry::DateOnly);
        check("20050722", Expiry::DateOnly);
    }

    #[test]
    fn other_forms_of_iso_8601_are_utc_too() {
        for other in [
            "2005-07-22t06:51:29z",
            "2005-07-22T06:51:29,0Z",
            "20050722T065129Z",
            "2005-203T06:51:29Z",
            "2005203T065129Z",
            "2005-W29-5T06:51:29Z",
            "2005W295T065129Z",
        ] {
            check(other, Expiry::OtherIso(sample()));
        }
        check("2005-07-22T06:51Z", Expiry::OtherIso(Utc.with_ymd_and_hms(2005, 7, 22, 6, 51, 0).unwrap()));
        check("2005-07-22T06Z", Expiry::OtherIso(Utc.with_ymd_and_hms(2005, 7, 22, 6, 0, 0).unwrap()));
        for (leap, then) in [("2005-06-30T23:59:60Z", (2005, 7)), ("2016-12-31T23:59:60.5Z", (2017, 1))] {
            let next = Utc.with_ymd_and_hms(then.0, then.1, 1, 0, 0, 0).unwrap();
            check(leap, Expiry::OtherIso(next));
        }
        check("2005-07-21T24:00:00Z", Expiry::OtherIso(Utc.with_ymd_and_hms(2005, 7, 22, 0, 0, 0).unwrap()));
    }

    #[test]
    fn dates_that_do_not_exist_are_told_apart() {
        for none in [
            "2005-02-30T06:51:29Z",
            "2005-04-31T06:51:29",
            "2005-13-01T00:00:00Z",
            "2005-07-22T25:00:00Z",
            "2005-07-22T24:00:01Z",
            "2005-07-22T23:60:00Z",
            "2005-07-22T23:59:60Z",
            "2005-12-31T12:59:60Z",
            "2005-366T00:00:00Z",
            "2005-02-30",
        ] {
            check(none, Expiry::NoSuchDate);
        }
    }

    #[test]
    fn a_value_is_read_up_to_64_characters() {
        let of_length = |length: usize| format!("2005-07-22T06:51:29.{}Z", "0".repeat(length - 21));
        check(&of_length(64), Expiry::Exact(sample()));
        check(&of_length(65), Expiry::NotADate);
    }

    #[test]
    fn anything_else_is_no_date() {
        for wrong in [
            "tomorrow",
            "2005-07-22 06:51:29Z",
            " 2005-07-22T06:51:29Z",
            "2005-07-22T06:51:29Z ",
            "2005-7-22T06:51:29Z",
            "+2005-07-22T06:51:29Z",
            "2005-07-22T06:51:29UTC",
            "2005-07-22T065129Z",
            "2005-07-22T06:51:29.Z",
            "2005-07-22T",
            "T",
            "1121928689",
            "Fri, 22 Jul 2005 06:51:29 GMT",
            "２００５-07-22T06:51:29Z",
            "2005-07-22T06:51:29\0",
            "é",
        ] {
            check(wrong, Expiry::NotADate);
        }
        check(&"9".repeat(100_000), Expiry::NotADate);
    }

    #[test]
    fn null_and_utc_keep() {
        for (value, keeps) in [("", true), ("2005-07-22T06:51:29Z", true), ("20050722T0651Z", true)] {
            assert_eq!(Expiry::read(value).keeps(), keeps);
        }
        assert!(!Expiry::MissingZ.keeps() && !Expiry::NoSuchDate.keeps());
    }
}

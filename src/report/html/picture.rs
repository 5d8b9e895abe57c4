//! The geometry of a sequence diagram: what happened between lanes, in the order of time, put on a plane.
//!
//! Pure: it knows no transaction and no markup.

/// The width of every picture.
pub(super) const WIDTH: u32 = 760;
/// Where the first and the last lane stand.
const LEFT: u32 = 150;
const RIGHT: u32 = 600;
/// Where the lanes begin.
const TOP: u32 = 34;
/// From one thing that happens to the next, at least.
const STEP: u32 = 36;
/// A pause is drawn to scale up to this height.
const PAUSE: u32 = 18;
/// So many microseconds are a unit of height.
const SCALE: u64 = 40_000;
/// A pause of so many microseconds is said in words.
const LULL: u64 = 1_000_000;
/// What a lull takes of the height.
const BREAK: u32 = 26;
/// The width of a letter, nearly.
const LETTER: u32 = 7;
/// How far from its lane the label of a mark stands.
const BESIDE: u32 = 12;
/// Half the width of an arrow's head, and its length.
const HEAD: (u32, u32) = (4, 9);

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// penspec.
    Mock,
    /// The subject.
    Subject,
    /// The mailboxes.
    Mail,
}

/// Something that happened, or that never did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// When, in microseconds since the transaction began.
    pub(super) at_us: u64,
    pub(super) course: Course,
    /// What it is, in few words.
    pub(super) label: String,
    /// What is to be said of it.
    pub(super) remark: String,
    /// Which of the twelve stages of the sample stream it is.
    pub(super) stage: Option<u8>,
    /// The entry that shows it.
    pub(super) entry: Option<u64>,
    /// How it is coloured: a verdict's key.
    pub(super) tone: &'static str,
}

/// The way that something takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// A message from lane to lane.
    Went(Lane, Lane),
    /// A message that never came.
    Missing(Lane, Lane),
    /// Something that a party did by itself.
    Within(Lane),
}

/// A picture, ready to be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) height: u32,
    pub(super) lanes: Vec<Drawn>,
    pub(super) strokes: Vec<Stroke>,
    pub(super) lulls: Vec<Lull>,
}

/// A lane as it is drawn.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Drawn {
    pub(super) x: u32,
    pub(super) name: &'static str,
}

/// An arrow or a mark as it is drawn.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stroke {
    pub(super) y: u32,
    /// The line, as a path.
    pub(super) line: String,
    /// The head, as a path.
    pub(super) head: String,
    pub(super) is_missing: bool,
    /// Where the label stands, and which part of it stands there.
    pub(super) x: u32,
    pub(super) label_y: u32,
    pub(super) anchor: &'static str,
    pub(super) label: String,
    pub(super) remark: String,
    pub(super) stage: Option<u8>,
    /// When it was.
    pub(super) moment: String,
    pub(super) entry: Option<u64>,
    pub(super) tone: &'static str,
}

/// A pause that is longer than it is drawn.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lull {
    pub(super) y: u32,
    pub(super) text: String,
}

/// Puts events on a plane; lanes stand from left to right as they are named.
pub(super) fn draw(lanes: &[(Lane, &'static str)], mut events: Vec<Event>) -> Picture {
    events.sort_by_key(|event| event.at_us);
    let (mut y, mut before) = (TOP, events.first().map_or(0, |event| event.at_us));
    let begun = before;
    let (mut strokes, mut lulls) = (Vec::new(), Vec::new());
    for event in &events {
        let pause = event.at_us - before;
        if pause >= LULL {
            y += BREAK;
            lulls.push(Lull { y, text: format!("{} later", lasted(pause)) });
        }
        y += STEP + u32::try_from(pause / SCALE).unwrap_or(PAUSE).min(PAUSE);
        before = event.at_us;
        strokes.push(stroke(lanes, event, y, begun));
    }
    let lanes = lanes.iter().map(|(lane, name)| Drawn { x: place(lanes, *lane), name }).collect();
    Picture { height: y + STEP / 2, lanes, strokes, lulls }
}

fn stroke(lanes: &[(Lane, &'static str)], event: &Event, y: u32, begun: u64) -> Stroke {
    let (from, to, is_missing) = match event.course {
        Course::Went(from, to) => (place(lanes, from), place(lanes, to), false),
        Course::Missing(from, to) => (place(lanes, from), place(lanes, to), true),
        Course::Within(lane) => (place(lanes, lane), place(lanes, lane), false),
    };
    let is_within = from == to;
    let (line, head) = if is_within { dot(from, y) } else { arrow(from, to, y) };
    let (x, anchor) = match is_within {
        true if from < u32::midpoint(LEFT, RIGHT) => (from + BESIDE, "start"),
        true => (from - BESIDE, "end"),
        false => (u32::midpoint(from, to), "middle"),
    };
    let room = if is_within { RIGHT - LEFT - BESIDE } else { from.abs_diff(to) };
    Stroke {
        y,
        line,
        head,
        is_missing,
        x,
        label_y: if is_within { y + 4 } else { y - 6 },
        anchor,
        label: fitted(&event.label, room),
        remark: fitted(&event.remark, WIDTH - RIGHT - 12),
        stage: event.stage,
        moment: format!("+{}", lasted(event.at_us - begun)),
        entry: event.entry,
        tone: event.tone,
    }
}

/// Where a lane stands; one that is not drawn stands at the left.
fn place(lanes: &[(Lane, &'static str)], lane: Lane) -> u32 {
    let gaps = u32::try_from(lanes.len().saturating_sub(1)).unwrap_or(1).max(1);
    let at = lanes.iter().position(|(there, _)| *there == lane).unwrap_or(0);
    LEFT + (RIGHT - LEFT) * u32::try_from(at).unwrap_or(0) / gaps
}

fn arrow(from: u32, to: u32, y: u32) -> (String, String) {
    let (half, length) = HEAD;
    let neck = if from < to { to - length } else { to + length };
    (format!("M{from} {y}H{neck}"), format!("M{to} {y}L{neck} {}V{}Z", y - half, y + half))
}

fn dot(x: u32, y: u32) -> (String, String) {
    let half = HEAD.0 + 1;
    (String::new(), format!("M{} {y}L{x} {}L{} {y}L{x} {}Z", x - half, y - half, x + half, y + half))
}

/// The beginning of a text that has no room.
fn fitted(text: &str, room: u32) -> String {
    let most = (room / LETTER) as usize;
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let shown: String = text.chars().take(most.saturating_sub(1)).collect();
    shown + "\u{2026}"
}

/// A length of time in words: three digits at most, and a unit.
pub(super) fn lasted(us: u64) -> String {
    let ms = us / 1000;
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..10_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        10_000..120_000 => format!("{} s", ms / 1000),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: [(Lane, &str); 2] = [(Lane::Mock, "penspec"), (Lane::Subject, "the target")];
    const THREE: [(Lane, &str); 3] =
        [(Lane::Mock, "penspec"), (Lane::Mail, "mailboxes"), (Lane::Subject, "the target")];

    fn event(at_us: u64, course: Course) -> Event {
        let (label, remark) = ("a label".to_owned(), String::new());
        Event { at_us, course, label, remark, stage: None, entry: None, tone: "pass" }
    }

    fn there(at_us: u64) -> Event {
        event(at_us, Course::Went(Lane::Mock, Lane::Subject))
    }

    #[test]
    fn arrows_point_from_lane_to_lane_in_the_order_of_time() {
        let back = event(900, Course::Went(Lane::Subject, Lane::Mock));
        let picture = draw(&TWO, vec![back, there(100)]);
        let lines: Vec<&str> = picture.strokes.iter().map(|stroke| stroke.line.as_str()).collect();
        assert_eq!(lines, ["M150 70H591", "M600 106H159"]);
        assert_eq!(picture.strokes[0].head, "M600 70L591 66V74Z");
        assert_eq!(picture.strokes[1].head, "M150 106L159 102V110Z");
        assert_eq!(picture.strokes[1].moment, "+0 ms");
        assert_eq!(picture.height, 124);
    }

    #[test]
    fn a_third_lane_stands_between_the_two() {
        let mailed = event(0, Course::Missing(Lane::Subject, Lane::Mail));
        let picture = draw(&THREE, vec![mailed]);
        let places: Vec<u32> = picture.lanes.iter().map(|lane| lane.x).collect();
        assert_eq!(places, [150, 375, 600]);
        assert_eq!((picture.strokes[0].line.as_str(), picture.strokes[0].x), ("M600 70H384", 487));
        assert!(picture.strokes[0].is_missing);
    }

    #[test]
    fn a_mark_has_its_label_beside_it() {
        let picture =
            draw(&TWO, vec![event(0, Course::Within(Lane::Mock)), event(1, Course::Within(Lane::Subject))]);
        let labels: Vec<_> = picture.strokes.iter().map(|stroke| (stroke.x, stroke.anchor)).collect();
        assert_eq!(labels, [(162, "start"), (588, "end")]);
        assert_eq!(picture.strokes[0].head, "M145 70L150 65L155 70L150 75Z");
    }

    #[test]
    fn time_is_compressed_where_nothing_happens() {
        let height = |pause| draw(&TWO, vec![there(5), there(5 + pause)]).height;
        assert_eq!(height(0), TOP + 2 * STEP + STEP / 2);
        assert_eq!(height(400_000), height(0) + 10);
        assert_eq!(height(1_000_000), height(0) + PAUSE + BREAK);
        assert_eq!(height(u64::MAX - 5), height(1_000_000));
        let lulls = draw(&TWO, vec![there(0), there(3_000_000)]).lulls;
        assert_eq!(lulls, [Lull { y: 96, text: "3.0 s later".to_owned() }]);
    }

    #[test]
    fn nothing_leaves_the_picture() {
        for lanes in [&TWO[..], &THREE, &[]] {
            for course in
                [Course::Within(Lane::Mock), Course::Within(Lane::Mail), Course::Within(Lane::Subject)]
            {
                let long = Event { label: "é".repeat(900), remark: "x".repeat(900), ..event(0, course) };
                let picture = draw(lanes, vec![long]);
                let stroke = &picture.strokes[0];
                assert!(stroke.y < picture.height && (LEFT..=RIGHT).contains(&stroke.x), "{stroke:?}");
                assert!(stroke.label.chars().count() <= 64 && stroke.remark.chars().count() <= 21);
            }
        }
        assert_eq!(draw(&TWO, Vec::new()).height, TOP + STEP / 2);
    }

    #[test]
    fn a_label_that_has_no_room_is_cut() {
        assert_eq!(fitted("abc", 21), "abc");
        assert_eq!(fitted("abcd", 21), "ab\u{2026}");
        assert_eq!(fitted("abcd", 0), "\u{2026}");
    }

    #[test]
    fn a_length_of_time_is_said_in_three_digits() {
        let cases = [
            (999, "0 ms"),
            (4_791, "4 ms"),
            (999_999, "999 ms"),
            (1_000_000, "1.0 s"),
            (9_999_000, "9.9 s"),
            (90_000_000, "90 s"),
            (300_000_000, "5 min"),
            (7_200_000_000, "2 h"),
        ];
        for (us, expected) in cases {
            assert_eq!(lasted(us), expected);
        }
    }
}

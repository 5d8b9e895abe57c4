//! What a recorder keeps, and when it has no room.

use super::*;
use crate::transcript::entry::{Party, Request, Role, SCHEMA_VERSION, Tool, Whole};

fn recorder() -> Recorder {
    let header = Header {
        schema_version: SCHEMA_VERSION,
        run_id: "t".to_owned(),
        tool: Tool { name: String::new(), version: String::new(), catalogue: String::new() },
        role: Role::Target,
        profile: serde_json::Value::Null,
        selection: Vec::new(),
        proves: Vec::new(),
        profile_file: None,
        partition: None,
        started: String::new(),
    };
    Recorder::in_memory(header, Masker::new([1; 32], &[]))
}

fn request(body: &str) -> What {
    What::Request(Request {
        exchange: 1,
        connection: 1,
        transaction: None,
        by: Party::Subject,
        purpose: None,
        url: None,
        head: Bytes::default(),
        body: Body::of(body.into()),
        whole: Whole::Whole,
        first_byte_us: 0,
        masks: Vec::new(),
    })
}

/// How many of a hundred such requests are recorded where there is this room.
async fn recorded(room: Room, body: &str) -> usize {
    let recorder = recorder();
    let sender = async {
        for _ in 0..100 {
            recorder.append(request(body));
            tokio::task::yield_now().await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        () = recorder.fill(room) => {}
        () = sender => {}
    }
    let entries = recorder.transcript().entries.len();
    recorder.append(request(body));
    assert_eq!(recorder.transcript().entries.len(), entries, "beyond the room nothing is recorded");
    entries
}

#[tokio::test]
async fn a_recorder_tells_when_its_room_is_used_up() {
    let few = Room { entries: 7, bytes: usize::MAX };
    assert_eq!(recorded(few, "a=b").await, 7);
    let small = Room { entries: usize::MAX, bytes: 3000 };
    assert_eq!(recorded(small, &"x".repeat(100)).await, 30);
    assert_eq!(recorded(small, &"&".repeat(10)).await, 5);
    assert_eq!(recorded(small, &"%zz".repeat(10)).await, 5);
    assert_eq!(recorded(small, &"%20".repeat(10)).await, 100);
    assert_eq!(recorded(small, &"\u{e9}".repeat(10)).await, 30);
    assert!(recorded(small, "://a@://b@").await < 50, "what is masked has to be described");
}

#[test]
fn a_recorder_that_forgets_keeps_what_came_last() {
    let recorder = recorder();
    recorder.forget_beyond(Room { entries: 5, bytes: 1000 });
    let mut follower = recorder.follow();
    let kept = || recorder.transcript().entries.iter().map(|entry| entry.number).collect::<Vec<_>>();
    (0..7).for_each(|_| recorder.append(request("a=b")));
    assert_eq!(kept(), [3, 4, 5, 6, 7]);
    assert_eq!(follower.ready().unwrap().number, 3, "what is forgotten is passed over");
    recorder.append(request(&"x".repeat(995)));
    recorder.append(request("a=b"));
    assert_eq!(kept(), [7, 8, 9]);
    recorder.append(request(&"x".repeat(1000)));
    recorder.append(request("a=b"));
    assert_eq!(kept(), [11], "what is larger than the room is kept until something comes");
    assert_eq!(recorder.follow_from_here().ready(), None);
    assert_eq!(follower.ready().unwrap().number, 11);
    recorder.end(None, None);
    assert_eq!(recorder.transcript().ending.unwrap().entries, 11);
}

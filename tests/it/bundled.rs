//! `bundle` and `verify`: evidence that is passed on says the same elsewhere, and what was tampered with is found out.

use std::io::{Cursor, Read, Write};

use minisign::KeyPair;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::harmless::is_harmless;
use crate::process::{Desk, Ended};
use crate::rendered::NASTY;

const PASSED: &str = include_str!("../runs/passed.jsonl");
const FAILED: &str = include_str!("../runs/failed.jsonl");
const UNREACHABLE: &str = include_str!("../runs/unreachable.jsonl");
const CLIENT: &str = include_str!("../runs/client.jsonl");
const SAMPLE: &str = include_str!("../../reports/sample/transcript.jsonl");

type Files = Vec<(String, Vec<u8>)>;

/// A desk with the bundle of a transcript.
fn bundled(text: &str, flags: &[&str]) -> Desk {
    let desk = Desk::new();
    desk.write("transcript.jsonl", text);
    let ended = desk.run(&[&["bundle", "transcript.jsonl"][..], flags].concat());
    assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    desk
}

fn bytes(desk: &Desk) -> Vec<u8> {
    std::fs::read(desk.path("evidence.zip")).unwrap()
}

fn unpacked(desk: &Desk) -> Files {
    let mut archive = ZipArchive::new(Cursor::new(bytes(desk))).unwrap();
    let read = (0..archive.len()).map(|at| {
        let mut file = archive.by_index(at).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        (file.name().unwrap().into_owned(), content)
    });
    read.collect()
}

fn packed(files: &Files) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// What `verify` says of the bundle of the failed run, its files altered like this.
fn verified(alter: impl Fn(&mut Files)) -> Ended {
    let desk = bundled(FAILED, &[]);
    let mut files = unpacked(&desk);
    alter(&mut files);
    desk.write("evidence.zip", packed(&files));
    desk.run(&["verify", "evidence.zip"])
}

fn file<'a>(files: &'a mut Files, name: &str) -> &'a mut Vec<u8> {
    files.iter_mut().find(|(found, _)| found == name).map(|(_, content)| content).unwrap()
}

fn replace(content: &mut Vec<u8>, from: &str, to: &str) {
    let text = String::from_utf8(content.clone()).unwrap();
    assert!(text.contains(from), "{from} is not there");
    *content = text.replacen(from, to, 1).into_bytes();
}

/// Puts the hashes of the files as they are now into the manifest.
fn hash_anew(files: &mut Files) {
    let listed: Vec<Value> = files[1..]
        .iter()
        .map(|(name, content)| {
            let hash = penspec::transcript::bytes::hex(&Sha256::digest(content));
            json!({ "name": name, "length": content.len(), "sha256": hash })
        })
        .collect();
    alter_manifest(files, |manifest| manifest["files"] = listed.clone().into());
}

fn alter_manifest(files: &mut Files, alter: impl Fn(&mut Value)) {
    let manifest = file(files, "manifest.json");
    let mut value: Value = serde_json::from_slice(manifest).unwrap();
    alter(&mut value);
    *manifest = value.to_string().into_bytes();
}

#[test]
fn a_bundle_holds_what_the_verdicts_rest_on_and_says_them_again() {
    for (text, verdict) in [
        (PASSED, "keeps everything that was selected"),
        (FAILED, "does not conform"),
        (UNREACHABLE, "Incomplete:"),
        (CLIENT, "Incomplete:"),
        (SAMPLE, "does not conform"),
    ] {
        let desk = bundled(text, &[]);
        let verified = desk.run(&["verify", "evidence.zip"]);
        assert_eq!((verified.status, verified.stderr.as_str()), (Some(0), ""), "{verified:?}");
        assert!(verified.stdout.contains(verdict), "{verified:?}");
        assert!(verified.stdout.contains("the hashes are right, and the verdicts follow"), "{verified:?}");
        let files = unpacked(&desk);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["manifest.json", "transcript.jsonl", "report.json", "report.html", "junit.xml"]);
        assert!(files[1].1 == text.as_bytes(), "the transcript is not that of the run");
    }
}

#[test]
fn the_same_evidence_makes_the_same_bytes() {
    assert!(bytes(&bundled(SAMPLE, &[])) == bytes(&bundled(SAMPLE, &[])));
    assert!(bytes(&bundled(SAMPLE, &["--share"])) == bytes(&bundled(SAMPLE, &["--share"])));
}

#[test]
fn a_transcript_that_was_cut_off_is_bundled_as_it_is() {
    let desk = bundled(&FAILED[..FAILED.len() - 40], &[]);
    let verified = desk.run(&["verify", "evidence.zip"]);
    assert_eq!(verified.status, Some(0), "{verified:?}");
}

#[test]
fn what_was_altered_is_found_out() {
    let mut told = String::new();
    let mut expect = |ended: Ended| {
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(1), ""), "{ended:?}");
        told.push_str(&ended.stdout.replace(penspec::requirements::CATALOGUE, "CATALOGUE"));
        told.push('\n');
    };
    let lines = "error=0\\\\nerror-text";
    let mended = "error=0\\\\r\\\\nerror-text";
    expect(verified(|files| replace(file(files, "transcript.jsonl"), lines, mended)));
    expect(verified(|files| replace(file(files, "report.html"), "does not conform", "conforms")));
    expect(verified(|files| {
        replace(file(files, "report.html"), "does not conform", "conforms");
        hash_anew(files);
    }));
    expect(verified(|files| {
        replace(file(files, "report.json"), "\"verdict\": \"does-not-conform\"", "\"verdict\": \"conforms\"");
        hash_anew(files);
    }));
    expect(verified(|files| alter_manifest(files, |manifest| manifest["verdict"] = NASTY.into())));
    expect(verified(|files| alter_manifest(files, |manifest| manifest["run_id"] = "ffffffff".into())));
    expect(verified(|files| {
        replace(file(files, "transcript.jsonl"), "\"reading\":\"tolerant\"", "\"reading\":\"strict\"");
        replace(file(files, "transcript.jsonl"), lines, mended);
        hash_anew(files);
    }));
    is_harmless(&told);
    insta::assert_snapshot!(told);
}

#[test]
fn a_bundle_of_another_penspec_is_judged_by_this_one() {
    let older = |files: &mut Files| {
        replace(file(files, "report.json"), "\"catalogue\": \"", "\"catalogue\": \"before ");
        hash_anew(files);
        alter_manifest(files, |manifest| manifest["tool"]["catalogue"] = "before".into());
    };
    let ended = verified(older);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("it was made by penspec 0.1.0 with the catalogue before, so"), "{ended:?}");
    let ended = verified(|files| {
        let report = file(files, "report.json");
        let mut value: Value = serde_json::from_slice(report).unwrap();
        value["verdict"] = "incomplete".into();
        *report = value.to_string().replace("\"fail\"", "\"pass\"").into_bytes();
        replace(report, "\"catalogue\":\"", "\"catalogue\":\"before ");
        hash_anew(files);
        alter_manifest(files, |manifest| manifest["tool"]["catalogue"] = "before".into());
    });
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("RSP-004 crlf: pass -> fail"), "{ended:?}");
}

#[test]
fn what_is_no_bundle_is_refused_with_place_and_cure() {
    let mut told = String::new();
    let mut expect = |ended: Ended| {
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        told.push_str(&ended.stderr);
    };
    let extra = |name: &str| {
        let name = name.to_owned();
        move |files: &mut Files| files.push((name.clone(), Vec::new()))
    };
    expect(verified(extra("../../evil")));
    expect(verified(extra("\u{1b}[2J")));
    expect(verified(|files| drop(files.remove(0))));
    expect(verified(|files| drop(files.remove(2))));
    expect(verified(|files| alter_manifest(files, |manifest| manifest["schema_version"] = 2.into())));
    expect(verified(|files| alter_manifest(files, |manifest| manifest["kind"] = "box".into())));
    expect(verified(|files| *file(files, "manifest.json") = b"\xff{".to_vec()));
    expect(verified(|files| replace(file(files, "transcript.jsonl"), "\"number\":3,", "\"number\":4,")));
    expect(verified(|files| *file(files, "transcript.jsonl") = Vec::new()));
    let desk = bundled(FAILED, &[]);
    let whole = bytes(&desk);
    for altered in [
        b"PK".to_vec(),
        Vec::new(),
        [b"before".as_slice(), &whole].concat(),
        [whole.as_slice(), b"behind"].concat(),
    ] {
        desk.write("evidence.zip", altered);
        expect(desk.run(&["verify", "evidence.zip"]));
    }
    expect(desk.run(&["verify", "."]));
    expect(desk.run(&["verify", "missing.zip"]));
    expect(desk.run(&["bundle", "missing"]));
    is_harmless(&told);
    insta::assert_snapshot!(told);
}

#[test]
fn a_bundle_that_is_cut_or_flipped_anywhere_is_never_praised_for_other_content() {
    let desk = bundled(FAILED, &[]);
    let (whole, files) = (bytes(&desk), unpacked(&desk));
    for length in (0..whole.len()).step_by(whole.len() / 12) {
        desk.write("evidence.zip", &whole[..length]);
        assert_eq!(desk.run(&["verify", "evidence.zip"]).status, Some(2), "cut at {length}");
    }
    for at in (0..whole.len()).step_by(whole.len() / 12) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x40;
        desk.write("evidence.zip", flipped);
        let ended = desk.run(&["verify", "evidence.zip"]);
        // A date or a permission may be another; what is in the files may not.
        let is_same = || unpacked(&desk) == files;
        assert!(ended.status != Some(0) || is_same(), "flipped at {at}: {ended:?}");
        assert!(matches!(ended.status, Some(0..=2)), "flipped at {at}: {ended:?}");
    }
}

#[test]
fn a_file_that_unpacks_to_more_than_any_of_ours_is_not_unpacked() {
    let desk = bundled(FAILED, &[]);
    let mut whole = bytes(&desk);
    // The length that the directory gives of transcript.jsonl: that of its second entry.
    let entries: Vec<usize> =
        (0..whole.len() - 4).filter(|at| whole[*at..].starts_with(b"PK\x01\x02")).collect();
    whole[entries[1] + 24..entries[1] + 28].copy_from_slice(&0xF000_0000_u32.to_le_bytes());
    desk.write("evidence.zip", whole);
    let ended = desk.run(&["verify", "evidence.zip"]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("transcript.jsonl in it is longer than any of ours; nothing"), "{ended:?}");
}

#[test]
fn a_report_that_says_something_else_is_not_passed_on_in_silence() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("reports")).unwrap();
    desk.write("reports/transcript.jsonl", FAILED);
    desk.run(&["report", "reports", "--format", "json", "--out", "reports/report.json"]);
    desk.write("reports/report.json", desk.read("reports/report.json").replace("\"fail\"", "\"pass\""));
    let ended = desk.run(&["bundle", "reports", "--out", "b.zip", "--quiet"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(0), ""));
    assert!(ended.stderr.contains("RSP-004 crlf: pass -> fail"), "{ended:?}");
    assert!(
        ended.stderr.ends_with("the bundle has reports that are made of the evidence anew\n"),
        "{ended:?}"
    );
    assert_eq!(desk.run(&["verify", "b.zip"]).status, Some(0));
}

#[test]
fn a_signature_by_minisign_is_checked() {
    let desk = bundled(FAILED, &[]);
    let sign = |desk: &Desk, bytes: &[u8]| {
        let pair = KeyPair::generate_unencrypted_keypair().unwrap();
        let comment = "signed by QA\u{202e}";
        let signed =
            minisign::sign(Some(&pair.pk), &pair.sk, Cursor::new(bytes), Some(comment), None).unwrap();
        desk.write("evidence.zip.minisig", signed.into_string());
        pair.pk
    };
    let other = sign(&desk, b"another file");
    let mismatch = desk.run(&["verify", "evidence.zip", "--public-key", &other.to_base64()]);
    assert_eq!(mismatch.status, Some(1), "{mismatch:?}");
    assert!(
        mismatch.stdout.contains("evidence.zip: the signature is not that of this file by this key: "),
        "{mismatch:?}"
    );
    let key = sign(&desk, &bytes(&desk));
    desk.write("minisign.pub", key.to_box().unwrap().to_string());
    for named in ["minisign.pub", &key.to_base64()] {
        let ended = desk.run(&["verify", "evidence.zip", "--public-key", named]);
        assert_eq!(ended.status, Some(0), "{ended:?}");
        assert!(ended.stdout.contains("the signature is right: signed by QA\\u{202e}\n"), "{ended:?}");
    }
    let foreign = desk.run(&["verify", "evidence.zip", "--public-key", &other.to_base64()]);
    assert_eq!(foreign.status, Some(1), "{foreign:?}");
    let unasked = desk.run(&["verify", "evidence.zip"]);
    assert_eq!(unasked.status, Some(0), "{unasked:?}");
    assert!(
        unasked.stdout.contains("evidence.zip.minisig was not looked at; name the key with"),
        "{unasked:?}"
    );
    for (key, signature, why) in [
        ("no key", None, "the key is no public key of minisign"),
        (key.to_base64().as_str(), Some("no signature"), "it is no signature of minisign"),
    ] {
        if let Some(text) = signature {
            desk.write("evidence.zip.minisig", text);
        }
        let ended = desk.run(&["verify", "evidence.zip", "--public-key", key]);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.stderr.contains(why), "{ended:?}");
    }
    std::fs::remove_file(desk.path("evidence.zip.minisig")).unwrap();
    let unsigned = desk.run(&["verify", "evidence.zip", "--public-key", &key.to_base64()]);
    assert_eq!(unsigned.status, Some(2), "{unsigned:?}");
    assert!(unsigned.stderr.contains("put the signature beside the bundle"), "{unsigned:?}");
}

/// What is in a bundle in all notations that somebody may look through.
fn texts(desk: &Desk) -> String {
    let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut all = String::new();
    for (_, content) in unpacked(desk) {
        let text = String::from_utf8(content).unwrap().to_lowercase();
        let once = decode(&text);
        all.extend([decode(&once), once, text]);
    }
    all
}

/// The failed run, as it would be with a target, an operator and a machine that have names.
fn named(host: &str, own: &str) -> String {
    let escaped = |text: &str| text.replace(':', "%3A").replace('[', "%5B").replace(']', "%5D");
    let text = FAILED.replace("127.0.0.1:40080", host).replace("127.0.0.1%3A40080", &escaped(host));
    let text = text.replace("127.0.0.1:4", &format!("{own}:4"));
    let text = text.replace("127.0.0.1%3A4", &format!("{}%3A4", escaped(own)));
    let text = text.replace("127.0.0.1:5", &format!("{own}:5"));
    let text = text.replace(&format!("\"http\":\"{own}:"), "\"http\":\"127.0.0.1:");
    text.replace("\"system-user-id\":null", "\"system-user-id\":\"canary-user\"")
        .replace("/pens?pens-version", "/pens?tenant=canary-tenant&pens-version")
        .replace("/pens\"},", "/pens?tenant=canary-tenant\"},")
        .replace("\"name\":\"\",\"version\"", "\"name\":\"Canary Learning\",\"version\"")
        .replace("error-text=collect command", "error-text=CANARY LEARNING mmand")
        .replace("&client=", "&system-user-id=canary-user&client=")
        .replace("Content-Type: text/plain\\\\r", "Set-Cookie: node=canary-7\\\\r")
}

#[test]
fn a_shared_bundle_names_nobody_and_its_verdicts_follow() {
    for (host, own, canaries) in [
        ("lms.canary-corp.test:8443", "harness.canary.test", &["canary"][..]),
        ("192.168.77.13:8443", "172.16.254.9", &["192.168.77.13", "172.16.254.9", "canary"]),
        ("[2001:db8:77::13]:8443", "10.9.8.7", &["2001:db8:77", "10.9.8.7", "canary"]),
        ("canarylms:8080", "canaryharness", &["canary"]),
    ] {
        let text = named(host, own);
        let (open, shared) = (bundled(&text, &[]), bundled(&text, &["--share"]));
        let told = texts(&open);
        let missing = canaries.iter().find(|canary| !told.contains(**canary));
        assert_eq!(missing, None, "not even in the open bundle: {host}");
        let told = texts(&shared);
        for canary in canaries {
            let at = told.find(canary).map(|at| &told[at.saturating_sub(80)..(at + 40).min(told.len())]);
            assert_eq!(at, None, "{host}");
        }
        let [before, after] = [&open, &shared].map(|desk| {
            let files = unpacked(desk);
            let report: Value = serde_json::from_slice(&files[2].1).unwrap();
            let rows = report["requirements"].as_array().unwrap().clone();
            rows.iter().map(|row| (row["id"].clone(), row["verdict"].clone())).collect::<Vec<_>>()
        });
        assert_eq!(before, after, "{host}");
        let ended = shared.run(&["verify", "evidence.zip"]);
        assert_eq!(ended.status, Some(0), "{ended:?}");
        assert!(ended.stdout.contains("hosts, addresses and names have stand-ins"), "{ended:?}");
    }
}

#[test]
fn queries_of_pre_signed_urls_are_secrets_and_the_host_of_a_client_is_its_own() {
    let canaries = ["acme-corp", "akia7canary", "deadbeef77canary", "s3ss10n", "20300101"];
    let (open, shared) = (texts(&bundled(CLIENT, &[])), texts(&bundled(CLIENT, &["--share"])));
    for canary in canaries {
        assert!(open.contains(canary), "{canary} is not even in the open bundle");
        assert!(!shared.contains(canary), "{canary} was passed on");
    }
    assert!(shared.contains("?x-amz-credential=xxxx"), "the names of the values stay");
}

#[test]
fn the_same_has_the_same_stand_in() {
    let desk = bundled(&named("lms.canary-corp.test:8443", "harness.canary.test"), &["--share"]);
    let files = unpacked(&desk);
    let text = String::from_utf8(files[1].1.clone()).unwrap();
    let original = named("lms.canary-corp.test:8443", "harness.canary.test");
    let stand_in = "xxx.xxxxxx-xxxx.xxxa";
    assert_eq!(text.matches(stand_in).count(), original.matches("lms.canary-corp.test").count());
    assert_eq!(text.lines().count(), original.lines().count());
}

#[test]
fn what_strangers_say_of_themselves_steers_no_terminal() {
    let text = FAILED.replace("\"run_id\":\"0a1b2c3d\"", "\"run_id\":\"\\u001b[2J\"");
    let desk = bundled(&text, &["--share"]);
    let ended = desk.run(&["verify", "evidence.zip"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    is_harmless(&ended.stdout);
}

//! What a scenario needs before it can be played: something that the profile says, or somebody who asks for it.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::pens::absolute_url;
use crate::profile::{Claim, Port, Profile, SecurityProbes, Thorough};

/// A condition without which a scenario is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The profile has a system-password that is right.
    SystemPassword,
    /// The profile says that a password is required.
    PasswordRequired,
    /// The profile names a size from which packages are refused.
    Quota,
    /// The profile turns security probes on.
    SecurityProbes,
    /// Peers can be told an https address of ours.
    Https,
    /// Packages are offered over FTP.
    Ftp,
    /// The same, and the profile does not say that the target fetches none.
    FtpSupport,
    /// Mail can come: it is listened for, and the target knows the way to a domain of ours, or says that it does not mail.
    Mail,
    /// Packages are offered over FTPS: where they are over FTP, and https is not off.
    Ftps,
    /// The same, and the profile does not say that the target fetches none.
    FtpsSupport,
    /// Plain HTTP comes to a port of ours, and no tunnel ends TLS before it.
    NoTunnel,
    /// Two transactions may be between collect and receipt at once.
    TwoInFlight,
    /// A command or a web hook makes the client publish: by hand it would be one publishing too many.
    Trigger,
    /// Somebody asks for the scenario by its id.
    Asking,
    /// Everything is wanted, however often the client publishes for it, or the scenario by its id.
    Thorough,
}

impl Need {
    /// What is missing, in words that name the cure; `None` where the need is met.
    #[must_use]
    pub fn missing(self, profile: &Profile) -> Option<&'static str> {
        let (is_met, missing) = match self {
            Self::SystemPassword => (
                profile.target.system_password.is_some(),
                "the profile has no target.system-password that would be right",
            ),
            Self::PasswordRequired => (
                profile.claims.password_required == Some(Claim::Yes),
                "the profile does not say claims.password-required: yes",
            ),
            Self::Quota => (profile.claims.quota.is_some(), "the profile names no claims.quota"),
            Self::SecurityProbes => (
                profile.security_probes == SecurityProbes::On,
                "the profile does not say security-probes: on",
            ),
            Self::Https => (
                profile.listen.https != Port::Off || profile.advertise.https.is_some(),
                "nothing is listened on for https, and no tunnel is told of: --https-listen, --advertise https=URL",
            ),
            Self::Ftp => (is_ftp_on(profile), FTP_OFF),
            Self::FtpSupport if !is_ftp_on(profile) => (false, FTP_OFF),
            Self::FtpSupport => (profile.claims.ftp != Some(Claim::No), "the profile says claims.ftp: no"),
            Self::Mail => (
                takes_mail(profile),
                "no mail can come: --smtp-listen HOST:PORT, and --advertise mail=DOMAIN for a domain whose mail comes there",
            ),
            Self::Ftps => (is_ftps_on(profile), FTPS_OFF),
            Self::FtpsSupport if !is_ftps_on(profile) => (false, FTPS_OFF),
            Self::FtpsSupport => (profile.claims.ftps != Some(Claim::No), "the profile says claims.ftps: no"),
            Self::NoTunnel => (
                !profile.is_behind_a_tunnel(),
                "a tunnel ends TLS before the one port that there is: --advertise http=URL without TLS",
            ),
            Self::TwoInFlight => {
                (profile.max_in_flight.0.get() > 1, "max-in-flight is 1: two transactions never meet")
            }
            Self::Trigger => (
                profile.trigger.is_automatic(),
                "it is played only when a command or a web hook makes the client publish: --trigger, --trigger-url",
            ),
            Self::Asking => (true, ""),
            Self::Thorough => (
                profile.trigger.thorough == Thorough::Yes,
                "it asks for one publishing more, and is played only when everything is wanted: --thorough",
            ),
        };
        (!is_met).then_some(missing)
    }
}

/// A target on this machine finds the sink by itself as soon as it is told; any other needs a domain that leads to it.
fn takes_mail(profile: &Profile) -> bool {
    let host = absolute_url(&profile.target.url).ok().and_then(|url| url.host).unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_here =
        host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback());
    let is_told = profile.advertise.mail_domain.is_some() || is_here;
    profile.listen.smtp != Port::Off && (is_told || profile.claims.mailto == Some(Claim::No))
}

/// Why nothing is offered over FTP.
const FTP_OFF: &str = "nothing is offered over FTP: --ftp-listen, listen.ftp; for an LMS on another machine name an address that it reaches";

/// Why nothing is offered over FTPS.
const FTPS_OFF: &str = "nothing is offered over FTPS: that needs --ftp-listen, and https may not be off; for an LMS on another machine name an address that it reaches";

fn is_ftp_on(profile: &Profile) -> bool {
    profile.listen.ftp != Port::Off
}

fn is_ftps_on(profile: &Profile) -> bool {
    is_ftp_on(profile) && profile.listen.https != Port::Off
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_finds_its_way_to_a_target_on_this_machine() {
        let takes = |url: &str| {
            let mut profile = Profile::default();
            url.clone_into(&mut profile.target.url);
            takes_mail(&profile)
        };
        for here in [
            "http://127.0.0.1:8765/pens",
            "http://u:p~!$@localhost/pens",
            "https://[::1]:1/",
            "http://LOCALHOST",
        ] {
            assert!(takes(here), "{here}");
        }
        for elsewhere in
            ["http://lms.example/", "http://127.lms.example/", "http://lms.example/127.0.0.1", ""]
        {
            assert!(!takes(elsewhere), "{elsewhere}");
        }
    }
}

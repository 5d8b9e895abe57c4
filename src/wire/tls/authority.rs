//! Our own CA: made once, and the certificates that it signs.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PublicKeyData, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};

use super::{Identity, TlsError};

/// How long the CA is valid.
const LIFE: TimeDelta = TimeDelta::days(3650);

/// How long a certificate is valid that it signs: no longer than what picky peers take.
const LEAF_LIFE: TimeDelta = TimeDelta::days(365);

/// What the name of each of them begins with.
const NAME: &str = "penspec local CA";

/// How a certificate begins and ends in PEM (RFC 7468, 5.1).
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// A CA and its key.
pub struct Authority {
    certificate: String,
    pub(super) key: KeyPair,
}

impl Authority {
    /// Makes a CA that is valid from a day before `now`.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn make(now: DateTime<Utc>) -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let mut params = params(&key);
        set_life(&mut params, now - TimeDelta::days(1), now + LIFE);
        let certificate = params.self_signed(&key)?.pem();
        Ok(Self { certificate, key })
    }

    /// Reads a CA that was made before.
    ///
    /// # Errors
    /// When one of the two is not there or cannot be used.
    pub fn read(certificate: &str, key: &str) -> Result<Self, TlsError> {
        super::identity::certificates(certificate.as_bytes())?;
        let key = KeyPair::try_from(&super::identity::private_key(key.as_bytes())?)?;
        // Both may stand in one text: what is handed out must be the certificate alone.
        let from = certificate.find(BEGIN).ok_or(TlsError::NoCertificate)?;
        let length = certificate[from..].find(END).ok_or(TlsError::NoCertificate)? + END.len();
        Ok(Self { certificate: certificate[from..from + length].to_owned() + "\n", key })
    }

    /// The certificate, PEM.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The key, PEM.
    #[must_use]
    pub fn key(&self) -> String {
        self.key.serialize_pem()
    }

    /// Signs a certificate for these names and addresses.
    ///
    /// # Errors
    /// When one of the names cannot be one.
    pub fn issue(&self, names: &[String], now: DateTime<Utc>) -> Result<Identity, TlsError> {
        self.issue_for(names, (now - TimeDelta::days(1), now + LEAF_LIFE))
    }

    /// Signs a certificate for these names and addresses, valid from one day to another.
    ///
    /// # Errors
    /// When one of the names cannot be one.
    pub fn issue_for(
        &self,
        names: &[String],
        life: (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Identity, TlsError> {
        let (chain, key) = self.sign(names, life)?;
        Identity::of(chain, key)
    }

    pub(super) fn sign(
        &self,
        names: &[String],
        (from, to): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = named("penspec");
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        set_life(&mut params, from, to);
        let issuer = Issuer::new(self::params(&self.key), &self.key);
        let leaf = params.signed_by(&key, &issuer)?;
        let own = super::identity::certificates(self.certificate.as_bytes())?;
        let chain = [vec![leaf.der().clone()], own].concat();
        let key =
            PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).map_err(|_| TlsError::NoKey)?;
        Ok((chain, key))
    }
}

/// No two are called the same: a peer that trusts an earlier one is to see that this is another.
pub(super) fn params(key: &KeyPair) -> CertificateParams {
    let mut params = CertificateParams::default();
    let digest = Sha256::digest(key.subject_public_key_info());
    let print = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    params.distinguished_name = named(&format!("{NAME} {print:08x}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut named = DistinguishedName::new();
    named.push(DnType::CommonName, name);
    named
}

fn set_life(params: &mut CertificateParams, from: DateTime<Utc>, to: DateTime<Utc>) {
    // Months and days are small.
    let small = |number: u32| u8::try_from(number).unwrap_or(1);
    let day =
        |moment: DateTime<Utc>| date_time_ymd(moment.year(), small(moment.month()), small(moment.day()));
    (params.not_before, params.not_after) = (day(from), day(to));
}

//! What the names of hosts stand for: each is looked up once, and stands for the same ever after, whatever is said of it then.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a resolver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a resolver has found; nothing where it knows no such name.
pub type Found = Pin<Box<dyn Future<Output = Vec<IpAddr>> + Send>>;

/// The names that were met; clones share what is known of them.
#[derive(Clone)]
pub struct Names(Arc<Known>);

struct Known {
    resolve: Box<dyn Fn(String, u16) -> Found + Send + Sync>,
    addresses: Mutex<HashMap<String, IpAddr>>,
}

impl Names {
    /// Names that are looked up in this way.
    pub fn resolved_by(resolve: impl Fn(String, u16) -> Found + Send + Sync + 'static) -> Self {
        Self(Arc::new(Known { resolve: Box::new(resolve), addresses: Mutex::default() }))
    }

    /// What a name stands for: from its first use on the same.
    pub async fn look_up(&self, host: &str, port: u16) -> Option<IpAddr> {
        let host = host.to_ascii_lowercase();
        if let Some(known) = self.addresses().get(&host) {
            return Some(*known);
        }
        let found = tokio::time::timeout(PATIENCE, (self.0.resolve)(host.clone(), port)).await.ok()?;
        let chosen = found.iter().find(|address| address.is_ipv4()).or(found.first()).copied()?;
        Some(*self.addresses().entry(host).or_insert(chosen))
    }

    fn addresses(&self) -> MutexGuard<'_, HashMap<String, IpAddr>> {
        // A panic elsewhere leaves the map whole: it is changed in one step.
        self.0.addresses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Names {
    /// Names that the machine's resolver knows.
    fn default() -> Self {
        Self::resolved_by(|host, port| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((host.as_str(), port)).await;
                found.map_or_else(|_| Vec::new(), |found| found.map(|address| address.ip()).collect())
            })
        })
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Names").field(&*self.addresses()).finish()
    }
}

//! Settings of one provider, handed raw to its adapter, which checks them itself.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;

/// The settings of one provider: names without the provider's prefix (`API_KEY`), values as given.
#[derive(Clone)]
pub struct RawSettings {
    prefix: String,
    values: BTreeMap<String, SecretString>,
}

/// A setting that stops the start, in one line that names the variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {problem}")]
pub struct BadSetting {
    /// The whole name of the variable.
    pub variable: String,
    /// What is wrong with it, in words that do not repeat the value.
    pub problem: String,
}

/// One setting an adapter reads, for `.env.example`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingDoc {
    /// Without the provider's prefix.
    pub name: &'static str,
    /// What it is, with unit and allowed values.
    pub about: &'static str,
    /// The value for development, or the default.
    pub example: &'static str,
}

impl RawSettings {
    /// `prefix` is the variables' common beginning with its underscore: `SUPPLIER_IAK_`.
    pub fn new(prefix: impl Into<String>, values: BTreeMap<String, SecretString>) -> Self {
        Self { prefix: prefix.into(), values }
    }

    /// The whole name of the variable behind a setting.
    pub fn variable(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The error that names this setting.
    pub fn bad(&self, name: &str, problem: impl Into<String>) -> BadSetting {
        BadSetting { variable: self.variable(name), problem: problem.into() }
    }

    /// An empty value counts as missing.
    pub fn optional(&self, name: &str) -> Option<&SecretString> {
        use secrecy::ExposeSecret;
        self.values.get(name).filter(|v| !v.expose_secret().trim().is_empty())
    }

    /// A setting that must be there.
    ///
    /// # Errors
    /// It is missing or empty.
    pub fn required(&self, name: &str) -> Result<&SecretString, BadSetting> {
        self.optional(name).ok_or_else(|| self.bad(name, "is missing or empty"))
    }

    /// Takes a setting away that is not the adapter's.
    pub fn remove(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// Names given but not known: a typing mistake must not be silent.
    pub fn unknown<'a>(&'a self, known: &'a [SettingDoc]) -> impl Iterator<Item = String> + 'a {
        self.values.keys().filter(|k| !known.iter().any(|d| d.name == k.as_str())).map(|k| self.variable(k))
    }
}

impl fmt::Debug for RawSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawSettings").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

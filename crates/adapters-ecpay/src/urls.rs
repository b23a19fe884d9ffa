//! The addresses of this installation that ECPay and the customer's browser are told. Each is another endpoint, as ECPay wants.

use adapters_kit::PublicUrls;
use domain::{GatewayId, Reference};

use crate::config::URL_LONGEST;
use crate::notice::{PAYMENT_INFO, RETURN};

/// A reference has 20 characters, and the longest language tag of ours is `zh-TW`.
const LONGEST_REFERENCE: &str = "AAAAAAAAAAAAAAAAAAAA";
const LONGEST_LANGUAGE: &str = "zh-TW";

/// Made from the public address and this account's id.
#[derive(Debug, Clone)]
pub struct Urls {
    public: PublicUrls,
    id: GatewayId,
}

impl Urls {
    /// `None`: ECPay would not take addresses this long.
    pub fn new(public: &PublicUrls, id: GatewayId) -> Option<Self> {
        let urls = Self { public: public.clone(), id };
        let longest = [
            urls.returned(),
            urls.payment_info(),
            urls.result(LONGEST_LANGUAGE),
            urls.status(LONGEST_REFERENCE, LONGEST_LANGUAGE),
        ];
        longest.iter().all(|url| url.len() <= URL_LONGEST).then_some(urls)
    }

    /// `ReturnURL`: ECPay's server tells of payments.
    pub fn returned(&self) -> String {
        self.public.webhook(self.id.as_str(), RETURN)
    }

    /// `PaymentInfoURL`: ECPay's server tells of codes.
    pub fn payment_info(&self) -> String {
        self.public.webhook(self.id.as_str(), PAYMENT_INFO)
    }

    /// `OrderResultURL`: the browser brings the result of a page.
    pub fn result(&self, language: &str) -> String {
        format!("{}/pay/{}/return{}", self.public.base, self.id, asked(language))
    }

    /// The page that shows how a checkout stands.
    pub fn of_checkout(&self, reference: &Reference, language: &str) -> String {
        self.status(reference.as_str(), language)
    }

    fn status(&self, reference: &str, language: &str) -> String {
        format!("{}/pay/{}/{reference}{}", self.public.base, self.id, asked(language))
    }
}

/// Only languages that page has: whatever else was asked for would be somebody's own text in an address.
fn asked(language: &str) -> String {
    match language {
        "id" | "zh-TW" | "en" => format!("?lang={language}"),
        _ => String::new(),
    }
}

//! The sandbox as the supplier port's contract suite wants to see it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use adapters_iak::MANIFEST;
use async_trait::async_trait;
use domain::{Moment, Private, Reference, SupplierId};
use md5::{Digest, Md5};
use ports::conformance::{
    InquiryCase, Situation, SupplierNoticeCase, SupplierStage, SupplierTruth, SupplierWorld, Unsupported,
};
use ports::inquiry::Inquiry;
use ports::notice::{NoticeReply, RawNotice};
use ports::settings::BadSetting;
use ports::supplier::Purchase;
use serde_json::json;
use tokio::net::TcpListener;

use crate::lab::{FIRST, Lab, PHONE, SECOND, public_urls, settings};

const AIRTIME: &str = "htelkomsel10000";
/// Switched off in the sandbox's catalogue.
const CLOSED: &str = "hlinkaja100000";
/// XL's, which a Telkomsel number cannot use.
const OTHER_OPERATOR: &str = "xld10000";
const OTHER_REFERENCE: &str = "ZZZZZZZZZZZZZZZZZZZZ";

pub struct Sandbox {
    pub lab: Lab,
    arranged: Mutex<HashMap<String, Arranged>>,
}

struct Arranged {
    situation: Situation,
    account: &'static str,
}

/// How a situation comes about.
struct Plan {
    account: (&'static str, &'static str),
    code: &'static str,
    /// Call, kind, rc of a sandbox fault.
    fault: Option<(&'static str, &'static str, Option<&'static str>)>,
}

const PLAIN: Plan = Plan { account: FIRST, code: AIRTIME, fault: None };

fn plan(situation: Situation) -> Plan {
    let faulty = |call, kind| Plan { fault: Some((call, kind, None)), ..PLAIN };
    let refusing = |call, rc| Plan { fault: Some((call, "refuse", Some(rc))), ..PLAIN };
    match situation {
        Situation::Delivers
        | Situation::StaysPending
        | Situation::FailsAtOperator
        | Situation::LateReversal
        | Situation::Unreachable
        | Situation::DuplicateReference
        | Situation::NotFound => PLAIN,
        Situation::RefusedClosedProduct => Plan { code: CLOSED, ..PLAIN },
        Situation::RefusedWrongNumber => Plan { code: OTHER_OPERATOR, ..PLAIN },
        Situation::RefusedLowDeposit => Plan { account: SECOND, ..PLAIN },
        Situation::RefusedRepeat => refusing("topup", "202"),
        Situation::RefusedCredentials => Plan { account: (FIRST.0, "not-the-key"), ..PLAIN },
        Situation::DropBeforeForming => faulty("topup", "drop_before"),
        Situation::DropAfterForming => faulty("topup", "drop_after"),
        Situation::ErrorAfterForming => faulty("topup", "error_after"),
        Situation::Redirect307 => faulty("topup", "redirect_307"),
        Situation::HtmlWith200 => faulty("topup", "html"),
        Situation::TruncatedJson => faulty("topup", "truncated"),
        Situation::UnknownCode => refusing("topup", "999"),
        Situation::EmptyWith200 => faulty("topup", "empty"),
        Situation::HugeBody => faulty("topup", "huge"),
        Situation::SlowDrip => faulty("topup", "drip"),
        Situation::OtherReference => faulty("topup", "other_reference"),
        Situation::StatusOtherReference => faulty("status", "other_reference"),
        Situation::StatusDrop => faulty("status", "drop_after"),
        Situation::StatusError => faulty("status", "error_after"),
        Situation::StatusRedirect307 => faulty("status", "redirect_307"),
        Situation::StatusHtmlWith200 => faulty("status", "html"),
        Situation::StatusTruncatedJson => faulty("status", "truncated"),
        Situation::StatusUnknownCode => refusing("status", "999"),
    }
}

impl Sandbox {
    pub async fn start() -> Self {
        let lab = Lab::start().await;
        lab.deposit(SECOND.0, 100).await;
        Self { lab, arranged: Mutex::new(HashMap::new()) }
    }

    fn with<T>(&self, reference: &Reference, read: impl FnOnce(&Arranged) -> T) -> T {
        let arranged = self.arranged.lock().unwrap_or_else(PoisonError::into_inner);
        read(arranged.get(reference.as_str()).unwrap())
    }
}

#[async_trait]
impl SupplierWorld for Sandbox {
    async fn arrange(&self, situation: Situation) -> Result<SupplierStage, Unsupported> {
        let plan = plan(situation);
        let purchase = self.lab.purchase(plan.code, PHONE);
        if let Some((call, kind, rc)) = plan.fault {
            self.lab.fault(call, kind, rc, &purchase.reference).await;
        }
        let base_url = match situation {
            Situation::Unreachable => nobody_listens().await,
            _ => self.lab.base_url(),
        };
        let supplier = self.lab.supplier_at(plan.account, &base_url);
        if situation == Situation::DuplicateReference {
            supplier.purchase(&purchase, self.now()).await;
        }
        let arranged = Arranged { situation, account: plan.account.0 };
        let key = purchase.reference.as_str().to_owned();
        self.arranged.lock().unwrap_or_else(PoisonError::into_inner).insert(key, arranged);
        Ok(SupplierStage { supplier, purchase })
    }

    async fn settle(&self, reference: &Reference) {
        let (fails, account) = self.with(reference, |a| (a.situation == Situation::FailsAtOperator, a.account));
        self.lab.act(account, reference, if fails { "fail" } else { "deliver" }).await;
    }

    async fn reverse(&self, reference: &Reference) {
        let account = self.with(reference, |arranged| arranged.account);
        self.lab.act(account, reference, "reverse").await;
    }

    async fn truth(&self, reference: &Reference) -> SupplierTruth {
        let rows = self.lab.deliveries(reference).await;
        let delivered = rows.iter().filter(|row| row["state"] == "delivered" || row["state"] == "reversed").count();
        SupplierTruth {
            formed: u32::try_from(rows.len()).unwrap(),
            delivered: u32::try_from(delivered).unwrap(),
            requests: self.lab.top_ups(reference).await,
        }
    }

    fn now(&self) -> Moment {
        self.lab.now()
    }

    fn secrets(&self) -> Vec<String> {
        [FIRST.0, FIRST.1, SECOND.0, SECOND.1, "not-the-key"].map(str::to_owned).to_vec()
    }

    fn inquiries(&self) -> Result<InquiryCase, Unsupported> {
        let meter = |number: &str| Inquiry::PlnMeter { number: Private::new(number) };
        let foreign = Inquiry::EWallet { brand: "GoPay".to_owned(), number: Private::new(PHONE) };
        Ok(InquiryCase { known: meter("12345678901"), unknown: meter("10987654321"), foreign })
    }

    async fn notice(&self, case: SupplierNoticeCase, purchase: &Purchase) -> Result<(String, RawNotice), Unsupported> {
        let reference = purchase.reference.as_str();
        let (status, rc, sn) = match case {
            SupplierNoticeCase::Failed => ("2", "07", ""),
            _ => ("1", "00", "598765432101"),
        };
        let mut data = json!({
            "ref_id": reference, "status": status, "product_code": purchase.code,
            "customer_id": purchase.target.expose(), "price": "10250", "message": "DONE", "sn": sn, "pin": "",
            "balance": "1000", "tr_id": "10001", "rc": rc, "sign": signature(FIRST.1, reference),
        });
        match case {
            SupplierNoticeCase::Delivered | SupplierNoticeCase::Failed => {}
            SupplierNoticeCase::NoSignature => drop(data.as_object_mut().unwrap().remove("sign")),
            SupplierNoticeCase::EmptySignature => data["sign"] = json!(""),
            SupplierNoticeCase::OtherSecret => data["sign"] = json!(signature("not-the-key", reference)),
            SupplierNoticeCase::EmptySecret => data["sign"] = json!(signature("", reference)),
            SupplierNoticeCase::OtherSignature => data["sign"] = json!(signature(FIRST.1, OTHER_REFERENCE)),
        }
        let body = json!({ "data": data }).to_string().into();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Ok(("callback".to_owned(), RawNotice { headers, body, ..RawNotice::default() }))
    }

    fn built_with_empty_secrets(&self) -> Vec<(&'static str, Result<(), BadSetting>)> {
        let build = |emptied: &str| {
            let values: Vec<(&str, &str)> =
                [("USERNAME", FIRST.0), ("API_KEY", FIRST.1), ("BASE_URL", "https://prepaid.iak.dev")]
                    .map(|(name, value)| (name, if name == emptied { "" } else { value }))
                    .to_vec();
            let id: SupplierId = "iak".parse().unwrap();
            (MANIFEST.build)(id, &settings(&values), &public_urls(), &self.lab.http).map(drop)
        };
        vec![("API_KEY", build("API_KEY")), ("USERNAME", build("USERNAME"))]
    }

    fn stops_sending(&self, reply: &NoticeReply) -> bool {
        (200..300).contains(&reply.status)
    }
}

/// IAK's signature over a reference, made without the adapter.
pub fn signature(key: &str, reference: &str) -> String {
    hex::encode(Md5::digest(format!("{}{key}{reference}", FIRST.0)))
}

async fn nobody_listens() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/iak", listener.local_addr().unwrap())
}

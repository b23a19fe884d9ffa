//! The gateway port's contract, over the sandbox and, for replies it never gives, over prepared answers.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use domain::{Currency, Moment, Money, Reference};
use ports::conformance::{GatewayStage, GatewayWorld, NoticeCase, Opened, PaidTruth, QuerySituation, Unsupported};
use ports::gateway::{CheckoutForm, CheckoutRequest};
use ports::notice::{NoticeReply, RawNotice};
use ports::settings::BadSetting;
use serde_json::json;

use crate::paper::{self, Fields, HASH_IV, HASH_KEY};
use crate::scripted::{Body, Scripted};
use crate::world::{World, build, http, now, raw, request};

const UNITS: i64 = 1_500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_adapter_keeps_the_contract_of_a_gateway() {
    let ecpay = Ecpay { world: World::start(&[]).await, now: now(), stages: Mutex::default() };
    let report = ports::conformance::gateway(&ecpay).await;
    println!("{report}");
    assert!(report.passed(), "{report}");
    assert_eq!(report.unsupported().count(), 0, "{report}");
    ecpay.world.sandbox.stop().await;
}

struct Ecpay {
    world: World,
    now: Moment,
    stages: Mutex<HashMap<Reference, Asked>>,
}

/// Where to count the queries of one reference. The suite has one stage at a time.
enum Asked {
    /// The sandbox counts all queries together; so many came before.
    SandboxSince(u64),
    Scripted(Scripted),
    Nowhere,
}

impl Ecpay {
    async fn sandbox_queries(&self) -> u64 {
        self.world.look("truth").await["requests"]["ecpay.query"].as_u64().unwrap_or(0)
    }

    /// What the sandbox says it took for this reference.
    async fn taken(&self, reference: &Reference) -> Option<PaidTruth> {
        let truth = self.world.look("truth").await;
        let charge = truth["charges"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["reference"] == reference.as_str() && c["simulated"] == false)?;
        Some(PaidTruth {
            transaction: charge["transaction"].as_str().unwrap().to_owned(),
            amount: Money::from_minor(charge["amount_minor"].as_i64().unwrap(), Currency::Twd),
        })
    }

    /// Opens the page and presses a button; with a fault on the way of the notice.
    async fn at_the_page(&self, button: Option<&str>, fault: Option<&str>) -> Reference {
        let reference = self.world.mint();
        self.world.open(&reference, UNITS).await;
        if let Some(fault) = fault {
            self.world.fault("notice", fault).await;
        }
        if let Some(button) = button {
            self.world.press(&reference, button).await;
        }
        reference
    }

    async fn stage(&self, reference: Reference) -> GatewayStage {
        self.remember(&reference, Asked::SandboxSince(self.sandbox_queries().await));
        let paid = self.taken(&reference).await;
        GatewayStage { gateway: self.world.gateway.clone(), reference, paid }
    }

    /// A paid order whose query meets a fault.
    async fn paid_but(&self, fault: &str) -> GatewayStage {
        let reference = self.at_the_page(Some("pay_silent"), None).await;
        self.world.fault("query", fault).await;
        self.stage(reference).await
    }

    async fn scripted(&self, reference: Reference, body: Body) -> GatewayStage {
        let server = Scripted::start(body).await;
        let gateway = self.world.another(&server.base_url);
        self.remember(&reference, Asked::Scripted(server));
        GatewayStage { gateway, reference, paid: None }
    }

    fn remember(&self, reference: &Reference, asked: Asked) {
        self.stages.lock().unwrap().insert(reference.clone(), asked);
    }
}

/// A reply that says "paid" with changes, signed.
fn paid_reply(reference: &Reference, changes: &[(&str, &str)]) -> Fields {
    let fields = [
        ("MerchantID", "3002607"),
        ("MerchantTradeNo", reference.as_str()),
        ("StoreID", ""),
        ("TradeNo", "2611211200000001"),
        ("TradeAmt", "1500"),
        ("PaymentDate", "2026/11/21 12:01:00"),
        ("PaymentType", "Credit_CreditCard"),
        ("HandlingCharge", "41"),
        ("PaymentTypeChargeFee", "41"),
        ("TradeDate", "2026/11/21 12:00:00"),
        ("TradeStatus", "1"),
        ("ItemName", "Telkomsel 10.000"),
    ];
    paper::signed(&paper::with(&paper::with(&Vec::new(), &fields), changes), HASH_KEY, HASH_IV)
}

#[async_trait]
impl GatewayWorld for Ecpay {
    async fn arrange(&self, situation: QuerySituation) -> Result<GatewayStage, Unsupported> {
        use QuerySituation as S;
        // Also forgets the queries and the block of the stage before.
        self.world.control("settings", json!({"ecpay_pacing": null})).await;
        let fresh = self.world.mint();
        let whole = |fields: Fields| Body::Whole(paper::reply(&fields));
        Ok(match situation {
            S::Paid => self.stage(self.at_the_page(Some("pay_silent"), None).await).await,
            S::PaidOtherAmount => {
                let reference = self.at_the_page(Some("pay"), Some("wrong_amount")).await;
                self.world.notice().await;
                self.stage(reference).await
            }
            S::Unpaid => self.stage(self.at_the_page(None, None).await).await,
            S::NotFound => self.stage(fresh).await,
            S::NotFinished => self.stage(self.at_the_page(Some("abandon"), None).await).await,
            S::Simulated => {
                let reference = self.at_the_page(Some("simulate"), None).await;
                self.world.notice().await;
                self.stage(reference).await
            }
            S::Throttled => {
                self.world.control("settings", json!({"ecpay_pacing": 0})).await;
                let base_url = format!("{}/ecpay", self.world.sandbox.base_url());
                GatewayStage { gateway: self.world.another(&base_url), ..self.stage(fresh).await }
            }
            S::Drop => self.paid_but("drop_after").await,
            S::Error500 => self.paid_but("error_after").await,
            S::Redirect307 => self.paid_but("redirect_307").await,
            S::HtmlWith200 => self.paid_but("html").await,
            S::WrongSignature => {
                let fields = paper::with(&paid_reply(&fresh, &[]), &[("TradeAmt", "1501")]);
                self.scripted(fresh, whole(fields)).await
            }
            S::NoSignature => {
                let fields = paper::without(&paid_reply(&fresh, &[]), "CheckMacValue");
                self.scripted(fresh, whole(fields)).await
            }
            S::OtherReference => {
                let fields = paid_reply(&self.world.mint(), &[]);
                self.scripted(fresh, whole(fields)).await
            }
            S::OtherAccount => {
                let fields = paid_reply(&fresh, &[("MerchantID", "3002608")]);
                self.scripted(fresh, whole(fields)).await
            }
            S::UnknownCode => {
                let fields = paid_reply(&fresh, &[("TradeStatus", "7")]);
                self.scripted(fresh, whole(fields)).await
            }
            S::AmountNotANumber => {
                let fields = paid_reply(&fresh, &[("TradeAmt", "1500 TWD")]);
                self.scripted(fresh, whole(fields)).await
            }
            S::EmptyWith200 => self.scripted(fresh, Body::Whole(String::new())).await,
            S::Truncated => {
                let fields = paid_reply(&fresh, &[]);
                self.scripted(fresh, Body::Half(paper::reply(&fields))).await
            }
            S::HugeBody => self.scripted(fresh, Body::Whole("a=".repeat(1_100_000))).await,
            S::SlowDrip => self.scripted(fresh, Body::Drip).await,
            S::Unreachable => {
                let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
                self.remember(&fresh, Asked::Nowhere);
                let gateway = self.world.another(&format!("http://{closed}"));
                GatewayStage { gateway, reference: fresh, paid: None }
            }
        })
    }

    async fn queries(&self, reference: &Reference) -> u32 {
        let all = self.sandbox_queries().await;
        match self.stages.lock().unwrap().get(reference) {
            Some(Asked::SandboxSince(before)) => u32::try_from(all - before).unwrap(),
            Some(Asked::Scripted(server)) => server.asked(),
            Some(Asked::Nowhere) | None => 0,
        }
    }

    fn now(&self) -> Moment {
        self.now
    }

    fn secrets(&self) -> Vec<String> {
        // The first digits of the sandbox's card, its authorisation and what is paid into are as private as the keys.
        [HASH_KEY, HASH_IV, "431195", "auth_code=777777", "9103522175887271", "LLL15091212345"]
            .map(str::to_owned)
            .to_vec()
    }

    fn checkout(&self) -> CheckoutRequest {
        request(&self.world.mint(), UNITS)
    }

    async fn open(&self, form: &CheckoutForm) -> Result<Opened, String> {
        let (status, page) = self.world.submit(form).await;
        if status != 302 {
            return Err(page);
        }
        let reference = form.fields.iter().find(|(name, _)| name == "MerchantTradeNo").unwrap().1.clone();
        let page = self.world.page(&reference).await;
        let after = |mark: &str| page.split_once(mark).map(|(_, rest)| rest).unwrap();
        let units: i64 = after("<h1>NT$ ").split_once("</h1>").unwrap().0.parse().unwrap();
        let shown = after("order <code>").split_once("</code>").unwrap().0;
        Ok(Opened { reference: shown.parse().unwrap(), amount: Money::from_units(units, Currency::Twd).unwrap() })
    }

    async fn notices(&self, case: NoticeCase, stage: &GatewayStage) -> Result<Vec<(String, RawNotice)>, Unsupported> {
        use NoticeCase as C;
        let paid = stage.paid.as_ref().unwrap();
        let units = paid.amount.whole_units().unwrap().to_string();
        let fields = paper::with(
            &Vec::new(),
            &[
                ("MerchantID", "3002607"),
                ("MerchantTradeNo", stage.reference.as_str()),
                ("StoreID", ""),
                ("RtnCode", "1"),
                ("RtnMsg", "交易成功"),
                ("TradeNo", &paid.transaction),
                ("TradeAmt", &units),
                ("PaymentDate", "2026/11/21 12:01:00"),
                ("PaymentType", "Credit_CreditCard"),
                ("PaymentTypeChargeFee", "41"),
                ("TradeDate", "2026/11/21 12:00:00"),
                ("SimulatePaid", "0"),
                ("CustomField1", ""),
                ("CustomField2", ""),
                ("CustomField3", ""),
                ("CustomField4", ""),
                ("auth_code", "777777"),
                ("card4no", "2222"),
                ("card6no", "431195"),
            ],
        );
        let ours = |fields: &Fields| paper::signed(fields, HASH_KEY, HASH_IV);
        let changed = |change: (&str, &str)| ours(&paper::with(&fields, &[change]));
        let notices = match case {
            C::Paid => vec![ours(&fields)],
            C::PaidAgain => vec![changed(("RtnMsg", "paid"))],
            C::Issued => {
                let common = paper::without(&fields, "SimulatePaid");
                let of = |changes: &[(&str, &str)]| ours(&paper::with(&common, changes));
                let account = [("RtnCode", "2"), ("BankCode", "004"), ("vAccount", "9103522175887271")];
                let store = [("RtnCode", "10100073"), ("PaymentNo", "LLL15091212345"), ("Barcode1", "")];
                let until = |text| [("ExpireDate", text)];
                let notices = [
                    of(&[&account[..], &until("2026/11/22")].concat()),
                    of(&[&store[..], &until("2026/11/22 12:00:00")].concat()),
                ];
                let told = notices.iter().map(|fields| ("payment-info".to_owned(), raw(paper::form(fields))));
                return Ok(told.collect());
            }
            C::Declined => vec![changed(("RtnCode", "10200058"))],
            C::Simulated => vec![changed(("SimulatePaid", "1"))],
            C::OtherAccount => vec![changed(("MerchantID", "3002608"))],
            C::MissingField => ["MerchantID", "MerchantTradeNo", "RtnCode", "TradeNo", "TradeAmt", "SimulatePaid"]
                .iter()
                .map(|name| ours(&paper::without(&fields, name)))
                .collect(),
            C::BadAmount => ["", "much", "-1500", "+1500", "1500.5", "1500.00", "1e3", "0", "99999999999999999999"]
                .iter()
                .map(|amount| changed(("TradeAmt", amount)))
                .collect(),
            C::NoSignature => vec![fields.clone()],
            C::EmptySignature => vec![paper::with(&fields, &[("CheckMacValue", "")])],
            C::OtherSecret => vec![
                paper::signed(&fields, HASH_IV, HASH_KEY),
                paper::signed(&fields, "5294y06JbISpM5x9", "v77hoKGq4kWxNNIS"),
            ],
            C::EmptySecret => vec![
                paper::signed(&fields, "", ""),
                paper::signed(&fields, HASH_KEY, ""),
                paper::signed(&fields, "", HASH_IV),
            ],
        };
        Ok(notices.iter().map(|fields| ("return".to_owned(), raw(paper::form(fields)))).collect())
    }

    fn built_with_empty_secrets(&self) -> Vec<(&'static str, Result<(), BadSetting>)> {
        ["HASH_KEY", "HASH_IV"]
            .map(|name| (name, build(&[(name, "")], "https://shop.example", &http()).map(|_| ())))
            .to_vec()
    }

    fn stops_sending(&self, reply: &NoticeReply) -> bool {
        reply.status == 200 && reply.body == "1|OK"
    }
}

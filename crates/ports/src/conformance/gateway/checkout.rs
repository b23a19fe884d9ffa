//! Checkout forms: whatever amount and names come, the page asks for exactly this amount, or there is no form.

use domain::{Currency, Money};

use super::{GatewayWorld, Opened, QuerySituation};
use crate::conformance::report::{Findings, Report, Unsupported};
use crate::gateway::{CheckoutForm, CheckoutRefused, CheckoutRequest, Gateway};

pub(super) async fn run(world: &dyn GatewayWorld, report: &mut Report) {
    report.run("checkout: amounts".to_owned(), false, amounts(world)).await;
    report.run("checkout: names of goods and languages".to_owned(), false, names(world)).await;
    report.run("checkout: an unknown method".to_owned(), false, unknown_method(world)).await;
}

/// Minor units of the gateway's currency.
fn unusual_amounts(usual: Money) -> Vec<Money> {
    let unit = usual.currency().minor_per_unit();
    let mut minors = vec![i64::MIN, -unit, -1, 0, 1, unit - 1, unit, unit + 1, usual.minor() + 1, i64::MAX];
    for power in 1..15 {
        let round = unit.saturating_mul(10_i64.saturating_pow(power));
        minors.extend([round - unit, round, round.saturating_add(unit)]);
    }
    let other = Currency::ALL.into_iter().filter(|c| *c != usual.currency());
    minors
        .into_iter()
        .map(|minor| Money::from_minor(minor, usual.currency()))
        .chain(other.map(|currency| Money::from_minor(usual.minor(), currency)))
        .collect()
}

async fn amounts(world: &dyn GatewayWorld) -> Result<Findings, Unsupported> {
    let gateway = world.arrange(QuerySituation::NotFound).await?.gateway;
    let usual = world.checkout();
    let mut found = Findings::default();
    found.expect(gateway.checkout_form(&usual).is_ok(), || "the usual checkout is refused".to_owned());
    let methods = gateway.methods(usual.amount).into_iter().map(|method| method.name);
    let tries =
        methods.flat_map(|name| unusual_amounts(usual.amount).into_iter().map(move |amount| (name.clone(), amount)));
    for (method, amount) in tries {
        // A fresh reference each: the page refuses one it has seen.
        let request = CheckoutRequest { amount, method, ..world.checkout() };
        let offered = gateway.methods(amount).iter().any(|method| method.name == request.method);
        match gateway.checkout_form(&request) {
            Ok(form) => {
                let sane = amount.minor() > 0 && amount.currency() == usual.amount.currency();
                found.expect(sane, || format!("a form for {amount}"));
                found.expect(offered, || format!("a form for {amount}, but the method is not offered for it"));
                check_form(world, &mut found, gateway.as_ref(), &request, &form).await;
            }
            Err(refused) => {
                found.expect(!offered, || format!("the method is offered for {amount}, but refused: {refused}"));
            }
        }
    }
    Ok(found)
}

async fn names(world: &dyn GatewayWorld) -> Result<Findings, Unsupported> {
    let gateway = world.arrange(QuerySituation::NotFound).await?.gateway;
    let mut found = Findings::default();
    let long = "長い名前".repeat(500);
    let items: [&[&str]; 10] = [
        &[],
        &[""],
        &["Pulsa Telkomsel 10.000"],
        &["a#b", "c&d=e", "50% + 1"],
        &["'\"<script>alert(1)</script>"],
        &["line\r\nbreak\ttab\0nul"],
        &["商品 <b>測試</b> 🎁", "~!@$^*()_-.'"],
        &["%26%23", "+ +"],
        &["  "],
        &[&long, &long],
    ];
    let languages = ["id", "zh-TW", "en", "", "xx-Klingon"];
    for (n, items) in items.iter().enumerate() {
        for language in languages {
            let request = CheckoutRequest {
                items: items.iter().map(|name| (*name).to_owned()).collect(),
                language: language.to_owned(),
                ..world.checkout()
            };
            match gateway.checkout_form(&request) {
                Ok(form) => check_form(world, &mut found, gateway.as_ref(), &request, &form).await,
                Err(refused) => found.expect(false, || format!("names no. {n} in {language:?}: {refused}")),
            }
        }
    }
    Ok(found)
}

async fn check_form(
    world: &dyn GatewayWorld,
    found: &mut Findings,
    gateway: &dyn Gateway,
    request: &CheckoutRequest,
    form: &CheckoutForm,
) {
    let words = format!("{} for {:?}", request.amount, request.items.iter().map(String::len).collect::<Vec<_>>());
    let mut names: Vec<&str> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    found.expect(names.len() == count, || format!("{words}: a field stands twice"));
    let control = form.fields.iter().any(|(name, value)| name.chars().chain(value.chars()).any(char::is_control));
    found.expect(!control, || format!("{words}: a field holds control characters"));
    found.expect_no_secret(&world.secrets(), "the form", &format!("{form:?}"));
    found.expect(gateway.checkout_form(request).as_ref() == Ok(form), || {
        format!("{words}: the same request gives another form")
    });
    let asked = Opened { reference: request.reference.clone(), amount: request.amount };
    let opened = world.open(form).await;
    found.expect(opened.as_ref() == Ok(&asked), || format!("{words}: the page must ask for {asked:?}, not {opened:?}"));
}

async fn unknown_method(world: &dyn GatewayWorld) -> Result<Findings, Unsupported> {
    let gateway = world.arrange(QuerySituation::NotFound).await?.gateway;
    let mut found = Findings::default();
    for method in ["", "no-such-method", "CREDIT\0"] {
        let request = CheckoutRequest { method: method.to_owned(), ..world.checkout() };
        let refused = gateway.checkout_form(&request);
        found.expect(refused == Err(CheckoutRefused::UnknownMethod), || format!("{method:?} gives {refused:?}"));
    }
    Ok(found)
}

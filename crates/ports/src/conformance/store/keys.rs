//! What happens once: keys, notices, answers, uses of a promo.

use domain::{Alert, AlertKind, DedupeKey, OrderId, PaymentNo, What};

use super::make::{act, answer, create, customer, fresh, now, promo, touch};
use super::orders::{one, step, stored};
use super::{Case, Findings, Store, is_missing, line};
use crate::notice::NoticeRecord;
use crate::store::{CommitError, CreateError};

pub(super) fn key(text: &str) -> Result<DedupeKey, String> {
    format!("{text}:{}", fresh()).parse().map_err(line)
}

pub(super) async fn once(store: &Store) -> Case {
    let mut found = Findings::default();
    let (first, second) = (stored(store, 1).await?, stored(store, 1).await?);
    let key = key("money")?;
    let stale = one(store, touch(first.id, 9, Some(key.clone()))).await;
    found.expect(stale == Err(CommitError::Stale), || format!("an old version answered {stale:?}"));
    let holder = store.holder_of(&key).await.map_err(line)?;
    found.expect(holder.is_none(), || "a stale commit burnt its key".into());
    one(store, touch(first.id, 1, Some(key.clone()))).await.map_err(line)?;
    for (order, version) in [(first.id, 2), (second.id, 1)] {
        let again = one(store, touch(order, version, Some(key.clone()))).await;
        found.expect(again == Err(CommitError::Duplicate(key.clone())), || format!("a taken key answered {again:?}"));
    }
    let holder = store.holder_of(&key).await.map_err(line)?;
    found.expect(holder == Some(first.id), || format!("the key is held by {holder:?}"));
    let lower: DedupeKey = key.as_str().to_uppercase().parse().map_err(line)?;
    let other = store.holder_of(&lower).await.map_err(line)?;
    found.expect(other.is_none(), || "keys are matched without their case".into());
    let version = store.load(second.id).await.map_err(line)?.version;
    found.expect(version == 1, || format!("a duplicate moved its order to version {version}"));
    several(store, second.id, key, &mut found).await?;
    Ok(found)
}

/// Several keys are taken together or not at all.
async fn several(store: &Store, order: OrderId, taken: DedupeKey, found: &mut Findings) -> Result<(), String> {
    let (one_key, other) = (key("ref")?, key("ref")?);
    let mut commit = touch(order, 1, None);
    commit.change.keys = vec![one_key.clone(), taken];
    let refused = one(store, commit.clone()).await;
    found.expect(matches!(refused, Err(CommitError::Duplicate(_))), || format!("one key of two is taken: {refused:?}"));
    let holder = store.holder_of(&one_key).await.map_err(line)?;
    found.expect(holder.is_none(), || "a duplicate burnt its other key".into());
    commit.change.keys = vec![one_key.clone(), other.clone()];
    one(store, commit).await.map_err(line)?;
    for key in [one_key, other] {
        let holder = store.holder_of(&key).await.map_err(line)?;
        found.expect(holder == Some(order), || format!("one of two keys is held by {holder:?}"));
    }
    Ok(())
}

fn notice(key: &str) -> NoticeRecord {
    NoticeRecord { key: key.to_owned(), provider: "ecpay".into(), kind: "paid".into(), body: "RtnCode=1".into() }
}

pub(super) async fn notices(store: &Store) -> Case {
    let mut found = Findings::default();
    let order = stored(store, 1).await?;
    let name = fresh().to_string();
    for version in [1, 2] {
        let mut commit = touch(order.id, version, None);
        commit.notice = Some(notice(&name));
        one(store, commit).await.map_err(|error| format!("a known notice hindered a commit: {error}"))?;
    }
    let alert = Alert { kind: AlertKind::UnknownReference, subject: "X".into(), detail: "nobody's".into() };
    for _ in 0..2 {
        store.park(notice(&name), Some(order.id), Some(alert.clone()), now()).await.map_err(line)?;
        store.park(notice(&format!("{name}-other")), Some(order.id), None, now()).await.map_err(line)?;
    }
    store.park(notice(&format!("{name}-lost")), None, None, now()).await.map_err(line)?;
    let story = store.story(order.id).await.map_err(line)?;
    let keys: Vec<&str> = story.notices.iter().map(|n| n.key.as_str()).collect();
    found.expect(keys.len() == 2, || format!("two notices were sent, the story has {keys:?}"));
    let times: Vec<i32> = story.alerts.iter().map(|a| a.times).collect();
    found.expect(times == [2], || format!("one alert was raised twice, the story has {times:?}"));
    Ok(found)
}

pub(super) async fn answers(store: &Store) -> Case {
    let mut found = Findings::default();
    let first = create(1, customer(), None)?;
    let mut second = create(1, customer(), None)?;
    second.answer.key.clone_from(&first.answer.key);
    let kept = first.answer.clone();
    let results = store.create(vec![first.clone(), second.clone()]).await;
    found.expect(results == [Ok(()), Err(CreateError::AnswerExists)], || format!("a request twice: {results:?}"));
    let again = store.create(vec![second.clone()]).await;
    found.expect(again == [Err(CreateError::AnswerExists)], || format!("a request again: {again:?}"));
    found.expect(is_missing(store, second.new.order.id).await, || "a repeated request made an order".into());
    let read = store.stored_answer(&kept.scope, &kept.key).await.map_err(line)?;
    found.expect(read.as_ref() == Some(&kept), || format!("kept {kept:?}, read {read:?}"));
    let none = store.stored_answer("other", &kept.key).await.map_err(line)?;
    found.expect(none.is_none(), || "an answer left its scope".into());

    let order = first.new.order.id;
    let taken = key("ref")?;
    let mut commit = touch(order, 1, Some(taken.clone()));
    commit.answer = Some(answer(order, &kept.key));
    let refused = one(store, commit.clone()).await;
    found.expect(refused == Err(CommitError::AnswerExists), || format!("an answered request committed: {refused:?}"));
    let holder = store.holder_of(&taken).await.map_err(line)?;
    found.expect(holder.is_none(), || "an answered request burnt a key".into());
    commit.answer = Some(answer(order, "fresh"));
    one(store, commit.clone()).await.map_err(line)?;
    commit.change.decided_on = 2;
    let again = one(store, commit).await;
    found.expect(again == Err(CommitError::AnswerExists), || format!("a committed request again: {again:?}"));
    Ok(found)
}

pub(super) async fn answer_before_promo(store: &Store) -> Case {
    let mut found = Findings::default();
    let promo = promo(1)?;
    store.put_promo(&promo, 1, &act("put_promo")).await.map_err(line)?;
    let first = create(1, customer(), Some(promo.clone()))?;
    let mut again = create(1, customer(), Some(promo.clone()))?;
    again.answer.key.clone_from(&first.answer.key);
    let made = store.create(vec![first]).await;
    found.expect(made == [Ok(())], || format!("the first request: {made:?}"));
    let results = store.create(vec![again]).await;
    found.expect(results == [Err(CreateError::AnswerExists)], || format!("the repeated request: {results:?}"));
    let other = create(1, customer(), Some(promo))?;
    let (scope, name) = (other.answer.scope.clone(), other.answer.key.clone());
    let results = store.create(vec![other]).await;
    found.expect(results == [Err(CreateError::PromoSpent)], || format!("another request: {results:?}"));
    let kept = store.stored_answer(&scope, &name).await.map_err(line)?;
    found.expect(kept.is_none(), || "an answer is kept for an order that was not made".into());
    Ok(found)
}

pub(super) async fn promos(store: &Store) -> Case {
    let mut found = Findings::default();
    let promo = promo(2)?;
    let unknown = store.create(vec![create(1, customer(), Some(promo.clone()))?]).await;
    found.expect(unknown == [Err(CreateError::PromoUnknown)], || format!("an unknown promo: {unknown:?}"));
    store.put_promo(&promo, 1, &act("put_promo")).await.map_err(line)?;
    let new = create(1, customer(), Some(promo.clone()))?;
    let order = new.new.order.clone();
    store.create(vec![new]).await.into_iter().collect::<Result<Vec<()>, _>>().map_err(line)?;
    let used = |row: Option<crate::catalogue::PromoRow>| row.map(|row| (row.max_uses, row.used));
    let row = used(store.promo(&promo.code).await.map_err(line)?);
    found.expect(row == Some((1, 1)), || format!("limit and use are {row:?}"));
    let dearer =
        domain::pricing::Promo { discount: domain::Money::from_minor(1, promo.discount.currency()), ..promo.clone() };
    let changed = store.put_promo(&dearer, 5, &act("put_promo")).await.map_err(line)?;
    found.expect(!changed, || "the discount of a used promo changed".into());
    let after = step(store, &order, What::Cancelled { payment: PaymentNo(0) }).await?;
    found.expect(!after.promo_held, || "a cancelled order holds its promo".into());
    let read = store.load(order.id).await.map_err(line)?;
    found.expect(!read.promo_held && read.status() == domain::OrderStatus::Cancelled, || format!("read {read:?}"));
    let row = used(store.promo(&promo.code).await.map_err(line)?);
    found.expect(row == Some((1, 0)), || format!("after it was given back limit and use are {row:?}"));
    let next = store.create(vec![create(1, customer(), Some(promo))?]).await;
    found.expect(next == [Ok(())], || format!("the place given back: {next:?}"));
    Ok(found)
}

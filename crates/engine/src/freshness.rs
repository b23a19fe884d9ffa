//! How old what we sell by is: the exchange rate and the suppliers' price lists. Too old a rate stops the shop, so a person
//! hears of it before; a list that nobody could read for long sells what is gone.

use chrono::TimeDelta;
use domain::pricing::PriceBook;
use domain::{AlertKind, Moment, SupplierId};
use ports::store::Unavailable;

use crate::{Engine, Metric};

/// Of a rate's greatest age, in per cent: past it a person is called. Of a day, that leaves five hours to set another.
const RATE_AGE_PERCENT: i32 = 80;
/// A price list that was not read for this long: suppliers change prices a few times a day.
const LIST_AGE: TimeDelta = TimeDelta::hours(6);
/// A supplier that this process does not have, and whose list nobody took for so long, was taken out of the settings: longer than any change of
/// servers takes. Until then its offers are waited for like those of a supplier that only other processes have.
const GONE_FOR: TimeDelta = TimeDelta::days(1);

impl Engine {
    /// Calls a person about a rate that is near its end, and about lists that could not be read for long.
    ///
    /// # Errors
    /// When the store did not answer; the whole may be done again.
    pub(crate) async fn mind_ages(&self) -> Result<(), Unavailable> {
        let now = self.clock.now();
        if let Some(book) = self.stores.catalogue.price_book().await?
            && is_stale(&book, now)
        {
            let (age, most) = (hours(rate_age(&book, now)), hours(book.max_rate_age));
            let detail = format!("the rate is {age} h old; at {most} h nothing is sold any more");
            self.raise(AlertKind::RateStale, "price book".to_owned(), detail).await?;
        }
        for (supplier, age) in self.list_ages(now).await? {
            if age > LIST_AGE {
                let detail = format!("its price list was not taken for {} h", hours(age));
                self.raise(AlertKind::PriceListStale, supplier.to_string(), detail).await?;
            }
        }
        self.retire_who_is_gone(now).await
    }

    /// What is listed and never bought would hold up the money of whoever ordered it.
    async fn retire_who_is_gone(&self, now: Moment) -> Result<(), Unavailable> {
        let taken = self.stores.catalogue.lists_taken().await?;
        let gone = taken.iter().filter(|(id, at)| !self.suppliers.contains_key(id) && now - *at > GONE_FOR);
        for (supplier, _) in gone {
            let offers = self.stores.catalogue.retire(supplier, now - GONE_FOR, now).await?;
            if offers > 0 {
                tracing::warn!(%supplier, offers, "it is in no settings here and nobody took its list for a day: its offers are off the shelf");
                self.memory.forget_products();
            }
        }
        Ok(())
    }

    /// The ages in seconds; none that the store does not tell.
    pub(crate) async fn age_metrics(&self) -> Vec<Metric> {
        let now = self.clock.now();
        let mut all = Vec::new();
        if let Ok(Some(book)) = self.stores.catalogue.price_book().await {
            all.push(Metric {
                name: "seberang_rate_age_seconds",
                help: "Age of the exchange rate that is sold at",
                labels: Vec::new(),
                value: seconds(rate_age(&book, now)),
            });
            all.push(Metric {
                name: "seberang_rate_max_age_seconds",
                help: "The age at which nothing is sold any more",
                labels: Vec::new(),
                value: seconds(book.max_rate_age),
            });
        }
        let lists = self.list_ages(now).await.unwrap_or_default().into_iter();
        all.extend(lists.map(|(supplier, age)| Metric {
            name: "seberang_price_list_age_seconds",
            help: "How long ago a supplier's price list was taken last, by any process",
            labels: vec![("supplier", supplier.to_string())],
            value: seconds(age),
        }));
        all
    }

    /// Suppliers of this installation whose list nobody has taken yet.
    pub(crate) async fn lists_never_read(&self) -> Result<Vec<SupplierId>, Unavailable> {
        let read = self.stores.catalogue.lists_taken().await?;
        let never = self.suppliers.keys().filter(|id| read.iter().all(|(supplier, _)| supplier != *id));
        Ok(never.cloned().collect())
    }

    /// How long ago the list of each supplier of this installation was taken. One never taken counts from our start.
    async fn list_ages(&self, now: Moment) -> Result<Vec<(SupplierId, TimeDelta)>, Unavailable> {
        let read = self.stores.catalogue.lists_taken().await?;
        let taken =
            |id: &SupplierId| read.iter().find(|(supplier, _)| supplier == id).map_or(self.since, |(_, at)| *at);
        Ok(self.suppliers.keys().map(|id| (id.clone(), now.signed_duration_since(taken(id)))).collect())
    }
}

fn rate_age(book: &PriceBook, now: Moment) -> TimeDelta {
    now.signed_duration_since(book.fx.as_of)
}

fn is_stale(book: &PriceBook, now: Moment) -> bool {
    rate_age(book, now) > book.max_rate_age / 100 * RATE_AGE_PERCENT
}

fn hours(age: TimeDelta) -> i64 {
    age.num_hours()
}

/// A moment ahead of our clock is no age.
fn seconds(age: TimeDelta) -> u64 {
    u64::try_from(age.num_seconds()).unwrap_or(0)
}

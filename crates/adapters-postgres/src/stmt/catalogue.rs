//! Products and offers, the price book, promos.

use domain::pricing::Promo;
use domain::{Moment, ProductId, SupplierId};
use ports::catalogue::ProductFilter;
use ports::store::StaffAct;
use serde_json::Value;

use super::{Column, Feed, Statement, text};

/// Products of one page, whatever is asked for: a category of a shop, several times over.
const PAGE_LIMIT: u16 = 500;

text! {
    /// `listing_in` names each product once, and holds one supplier's whole list. Rows that say the same are not even
    /// locked: a list without a change writes nothing but when it was taken.
    PutList = "\
WITH {inputs},
product_out AS (
    INSERT INTO product (id, category, brand, name)
    SELECT i.product, i.category, i.brand, i.name FROM listing_in i
    WHERE NOT EXISTS (SELECT FROM product p WHERE p.id = i.product
                      AND (p.category, p.brand, p.name) = (i.category, i.brand, i.name))
    ORDER BY i.product
    ON CONFLICT (id) DO UPDATE SET category = excluded.category, brand = excluded.brand, name = excluded.name),
offer_out AS (
    INSERT INTO offer (product, supplier, code, cost_minor, cost_currency, active, closed_from, closed_until, changed_at)
    SELECT i.product, i.supplier, i.code, i.cost_minor, i.cost_currency, i.active, i.closed_from, i.closed_until, i.at
    FROM listing_in i
    WHERE NOT EXISTS (SELECT FROM offer o WHERE o.product = i.product AND o.supplier = i.supplier
                      AND (o.code, o.cost_minor, o.cost_currency, o.active, o.closed_from, o.closed_until)
                        IS NOT DISTINCT FROM
                          (i.code, i.cost_minor, i.cost_currency, i.active, i.closed_from, i.closed_until))
    ORDER BY i.product
    ON CONFLICT (product, supplier) DO UPDATE
    SET code = excluded.code, cost_minor = excluded.cost_minor, cost_currency = excluded.cost_currency,
        active = excluded.active, closed_from = excluded.closed_from, closed_until = excluded.closed_until,
        changed_at = excluded.changed_at
    RETURNING product),
gone AS (
    UPDATE offer SET active = false, changed_at = i.at FROM (SELECT supplier, at FROM listing_in LIMIT 1) i
    WHERE offer.supplier = i.supplier AND offer.active AND offer.product NOT IN (SELECT product FROM listing_in)
    RETURNING offer.product),
taken AS (
    INSERT INTO price_list (supplier, taken_at) SELECT supplier, at FROM listing_in LIMIT 1
    ON CONFLICT (supplier) DO UPDATE SET taken_at = excluded.taken_at)
SELECT (SELECT count(*) FROM offer_out) + (SELECT count(*) FROM gone) AS n"
}
text! { ListsTaken = "SELECT supplier, taken_at FROM price_list" }
/// A product with one of its offers, and how its supplier stands at the moment that this parameter is. Of several switches one
/// without an end counts, or else the one that ends last.
macro_rules! stocked_sql {
    ($products:literal, $offers:literal, $now:literal) => {
        concat!(
            "SELECT p.id, p.category, p.brand, p.name, o.supplier, o.code, o.cost_minor, o.cost_currency, o.active, ",
            "o.closed_from, o.closed_until, off.found AS off, off.until_at AS off_until, state.held, state.broken_until, ",
            "state.needed_minor, state.needed_currency FROM (",
            $products,
            ") p JOIN offer o ON o.product = p.id ",
            $offers,
            " LEFT JOIN supplier_state state ON state.supplier = o.supplier CROSS JOIN LATERAL (",
            "SELECT count(*) > 0 AS found, CASE WHEN bool_and(s.until_at IS NOT NULL) THEN max(s.until_at) END AS until_at ",
            "FROM switch_off s WHERE s.ended_at IS NULL AND s.from_at <= ",
            $now,
            " AND (s.until_at IS NULL OR s.until_at > ",
            $now,
            ") AND coalesce(s.supplier, o.supplier) = o.supplier AND coalesce(s.product, p.id) = p.id ",
            "AND coalesce(s.category, p.category) = p.category) off ORDER BY p.id, o.supplier"
        )
    };
}
text! {
    ListProducts = stocked_sql!(
        "SELECT * FROM product WHERE id > $1 AND category = coalesce($2, category) \
         AND EXISTS (SELECT FROM offer WHERE offer.product = product.id AND offer.active) ORDER BY id LIMIT $3",
        "AND o.active",
        "$4"
    )
}
text! { FindProducts = stocked_sql!("SELECT * FROM product WHERE id = ANY ($1)", "", "$2") }
text! { SoldBy = "SELECT product AS name FROM offer WHERE supplier = $1 AND active" }
text! {
    Retire = "\
WITH gone AS (SELECT product FROM offer WHERE supplier = $1 AND active
    AND EXISTS (SELECT FROM price_list WHERE price_list.supplier = $1 AND taken_at < $2)
    ORDER BY product FOR NO KEY UPDATE),
off AS (
    UPDATE offer SET active = false, changed_at = $3 FROM gone
    WHERE offer.product = gone.product AND offer.supplier = $1 RETURNING offer.product)
SELECT count(*) AS n FROM off"
}
text! { NewestBook = "SELECT book FROM price_book ORDER BY id DESC LIMIT 1" }
text! {
    /// The same act again adds no book.
    AddBook = "\
WITH act_out AS (
    INSERT INTO staff_acts (id, at, actor, act, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (id) DO NOTHING RETURNING at, actor)
INSERT INTO price_book (book, set_at, set_by) SELECT $7, at, actor FROM act_out RETURNING id"
}
text! { PromoBy = "SELECT code, discount_minor, discount_currency, max_uses, used FROM promo WHERE code = $1" }
text! {
    PutPromo = "\
WITH put AS (
    INSERT INTO promo AS p (code, discount_minor, discount_currency, max_uses, used, set_at, set_by)
    VALUES ($1, $2, $3, $4, 0, $5, $6)
    ON CONFLICT (code) DO UPDATE
    SET discount_minor = excluded.discount_minor, discount_currency = excluded.discount_currency,
        max_uses = excluded.max_uses, set_at = excluded.set_at, set_by = excluded.set_by
    WHERE p.used = 0
       OR (p.discount_minor, p.discount_currency) = (excluded.discount_minor, excluded.discount_currency)
    RETURNING code),
act_out AS (
    INSERT INTO staff_acts (at, actor, id, act, subject, detail) SELECT $5, $6, $7, $8, $9, $10 FROM put
    ON CONFLICT (id) DO NOTHING)
SELECT code FROM put"
}

pub(crate) fn put_list(listings: Feed) -> Statement<PutList> {
    Statement::fed(vec![listings])
}

pub(crate) fn lists_taken() -> Statement<ListsTaken> {
    Statement::with([])
}

pub(crate) fn sold_by(supplier: &SupplierId) -> Statement<SoldBy> {
    Statement::with([supplier.as_str().into()])
}

pub(crate) fn retire(supplier: &SupplierId, unread_since: Moment, now: Moment) -> Statement<Retire> {
    Statement::with([supplier.as_str().into(), unread_since.into(), now.into()])
}

pub(crate) fn list_products(filter: &ProductFilter, now: Moment) -> Statement<ListProducts> {
    let after = filter.after.as_ref().map_or("", ProductId::as_str);
    let category = filter.category.map(|category| category.as_str());
    Statement::with([after.into(), category.into(), i64::from(filter.limit.min(PAGE_LIMIT)).into(), now.into()])
}

pub(crate) fn find_products(ids: &[ProductId], now: Moment) -> Statement<FindProducts> {
    let ids = Column::Text(ids.iter().map(|id| Some(id.as_str().to_owned())).collect());
    Statement::with([ids.into(), now.into()])
}

pub(crate) fn newest_book() -> Statement<NewestBook> {
    Statement::with([])
}

pub(crate) fn add_book(book: Value, act: &StaffAct) -> Statement<AddBook> {
    Statement::with([
        act.id.into(),
        act.at.into(),
        act.actor.as_str().into(),
        act.act.as_str().into(),
        act.subject.as_str().into(),
        act.detail.as_str().into(),
        book.into(),
    ])
}

pub(crate) fn promo(code: &str) -> Statement<PromoBy> {
    Statement::with([code.into()])
}

pub(crate) fn put_promo(promo: &Promo, max_uses: i32, act: &StaffAct) -> Statement<PutPromo> {
    Statement::with([
        promo.code.as_str().into(),
        promo.discount.minor().into(),
        promo.discount.currency().code().into(),
        max_uses.into(),
        act.at.into(),
        act.actor.as_str().into(),
        act.id.into(),
        act.act.as_str().into(),
        act.subject.as_str().into(),
        act.detail.as_str().into(),
    ])
}

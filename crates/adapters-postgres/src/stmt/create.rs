//! The creation of a batch of orders. Promos are admitted first, under the lock of their rows and exactly up to the limit;
//! then the answers take their keys; an order is stored when both went well. An answer is never kept for an order that is
//! not: that is why promos come first. Where another request takes a key or a bill at the same moment the statement fails,
//! and its second run sees who won.
//!
//! `OFFSET 0` keeps the planner at one look-up by index for each of the few orders: free to join, it read all items.

use super::{Feed, Statement, text};
use crate::rows::row;

text! {
    /// `member_in` names each Idempotency-Key once, `open_bill_in` each bill.
    Create = "\
WITH {inputs},
asked AS MATERIALIZED (
    SELECT m.*, EXISTS (SELECT FROM answer a WHERE a.id = m.answer_id) AS answered,
           m.unless_since IS NOT NULL AND EXISTS (
               SELECT FROM (SELECT id, created_at FROM orders WHERE customer = m.customer ORDER BY id DESC LIMIT 100) o
               CROSS JOIN LATERAL (SELECT target_mark FROM item WHERE order_id = o.id OFFSET 0) n
               JOIN mark_in k ON k.order_id = m.order_id AND k.mark = n.target_mark
               WHERE o.created_at >= m.unless_since) AS repeated,
           EXISTS (SELECT FROM open_bill_in b JOIN open_bill o ON o.mark = b.mark
                   WHERE b.order_id = m.order_id) AS bill_taken
    FROM member_in m),
open_asked AS (SELECT * FROM asked WHERE NOT answered AND NOT bill_taken AND NOT repeated),
room AS MATERIALIZED (
    SELECT p.code, p.max_uses - p.used AS uses FROM promo p
    WHERE p.code IN (SELECT code FROM open_asked)
    ORDER BY p.code FOR NO KEY UPDATE),
admitted AS MATERIALIZED (
    SELECT n.* FROM (SELECT a.*, row_number() OVER (PARTITION BY code ORDER BY ord) AS place
                     FROM open_asked a) n
    LEFT JOIN room ON room.code = n.code
    WHERE n.code IS NULL OR n.place <= room.uses),
answer_out AS (
    INSERT INTO answer (id, request_hash, order_id, status, body, at)
    SELECT i.id, i.request_hash, i.order_id, i.status, i.body, i.at
    FROM answer_in i JOIN admitted a ON a.answer_id = i.id ORDER BY i.id
    RETURNING id),
kept AS (
    INSERT INTO orders (id, version, status, promo_held, customer, created_at, total_minor, total_currency, item_count, terms)
    SELECT a.order_id, a.version, a.status, a.promo_held, a.customer, a.created_at, a.total_minor, a.total_currency,
           a.item_count, a.terms
    FROM admitted a JOIN answer_out o ON o.id = a.answer_id ORDER BY a.order_id
    RETURNING id, version),
open_out AS (
    INSERT INTO open_order SELECT kept.id FROM kept JOIN member_in m ON m.order_id = kept.id WHERE NOT m.is_final),
bill_out AS (
    INSERT INTO open_bill (mark, order_id)
    SELECT b.mark, b.order_id FROM open_bill_in b JOIN kept ON kept.id = b.order_id ORDER BY b.mark),
promo_use_out AS (
    INSERT INTO promo_use (order_id, code)
    SELECT a.order_id, a.code FROM admitted a JOIN kept ON kept.id = a.order_id WHERE a.code IS NOT NULL
    RETURNING code),
promo_out AS (
    UPDATE promo p SET used = p.used + s.uses
    FROM (SELECT code, count(*)::integer AS uses FROM promo_use_out GROUP BY code) s WHERE p.code = s.code),
task_out AS (
    INSERT INTO task (order_id, key, queue, run_at, state, attempts)
    SELECT i.order_id, i.key, i.queue, i.run_at, 'ready', 0 FROM task_in i JOIN kept ON kept.id = i.order_id){writes}
SELECT a.ord, a.answered, a.bill_taken, a.repeated, kept.id IS NOT NULL AS done, d.ord IS NOT NULL AS admitted,
       a.code IS NULL OR EXISTS (SELECT FROM promo p WHERE p.code = a.code) AS promo_known
FROM asked a LEFT JOIN admitted d ON d.ord = a.ord LEFT JOIN kept ON kept.id = a.order_id"
}

row! {
    /// What became of one member.
    CreateAnswer {
        /// Its place in the batch.
        ord: i32 = Integer,
        answered: bool = Bool,
        /// An order that is not over has one of its bills.
        bill_taken: bool = Bool,
        /// The same was ordered lately. Of a customer's orders the last hundred are looked at: more within minutes are no
        /// customer's.
        repeated: bool = Bool,
        done: bool = Bool,
        /// Its promo had room, or it has none.
        admitted: bool = Bool,
        promo_known: bool = Bool,
    }
}

pub(crate) fn create(feeds: Vec<Feed>) -> Statement<Create> {
    Statement::fed(feeds)
}

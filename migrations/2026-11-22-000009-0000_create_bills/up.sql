-- What an item's customer saw to be owed, sealed. It comes last and never changes.
ALTER TABLE item ADD COLUMN bill bytea CHECK (length(bill) > 0);

-- What customers asked about bills: an order carries it by its id. Forgotten after some days. `target` and `bill` are sealed.
CREATE TABLE bill_inquiry (
    id uuid PRIMARY KEY,
    customer uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > asked_at),
    cost_minor bigint NOT NULL CHECK (cost_minor >= 0),
    cost_currency text NOT NULL,
    product text NOT NULL,
    supplier text NOT NULL,
    target bytea NOT NULL CHECK (length(target) > 0),
    bill bytea NOT NULL CHECK (length(bill) > 0)
);
CREATE INDEX bill_inquiry_asked_at ON bill_inquiry (asked_at);

-- The bills of orders that are not over: one is in one order at a time, whoever ordered. `mark` stands for the product and the
-- number, once for each known key. Few rows, whatever the number of orders.
CREATE TABLE open_bill (
    mark bytea PRIMARY KEY CHECK (length(mark) = 16),
    order_id uuid NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX open_bill_order ON open_bill (order_id);

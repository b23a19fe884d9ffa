-- The order and its children. Status changes must stay HOT: no index names a column that changes. Of the children the columns
-- that change come last: the log keeps of a changed row what lies between the bytes that are equal at its start and at its end.
-- Numbers of eight bytes stand together: after a text each would be preceded by a gap.
-- `terms` is packed (adapters-postgres/src/pack.rs): PostgreSQL would keep and log each as JSON of more than a thousand bytes.
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    version integer NOT NULL CHECK (version > 0),
    status text NOT NULL
        CHECK (status IN ('pending', 'paid', 'success', 'failed', 'expired', 'cancelled', 'review')),
    promo_held boolean NOT NULL,
    customer uuid NOT NULL,
    created_at timestamptz NOT NULL,
    total_minor bigint NOT NULL CHECK (total_minor >= 0),
    total_currency text NOT NULL,
    item_count integer NOT NULL,
    terms bytea NOT NULL CHECK (length(terms) > 5)
) WITH (fillfactor = 60);
CREATE INDEX orders_customer ON orders (customer, id DESC);

-- Orders that are not final: few, whatever the size of `orders`. Written when an order is made, ends or reopens.
CREATE TABLE open_order (
    order_id uuid PRIMARY KEY
) WITH (autovacuum_vacuum_scale_factor = 0.01);

-- `promised_minor`, in the currency received: what refunds hold of it.
CREATE TABLE payment (
    order_id uuid NOT NULL REFERENCES orders,
    n integer NOT NULL,
    received_currency text NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('goods')),
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    amount_currency text NOT NULL,
    deadline timestamptz NOT NULL,
    received_minor bigint NOT NULL,
    promised_minor bigint NOT NULL DEFAULT 0,
    state text NOT NULL
        CHECK (state IN ('pending', 'paid', 'success', 'failed', 'expired', 'cancelled', 'review')),
    review text CHECK (review IN ('mismatch', 'other_transaction', 'charged_back')),
    paid_at timestamptz,
    paid_by text,
    proposed jsonb CHECK (jsonb_typeof(proposed) = 'object'),
    PRIMARY KEY (order_id, n),
    CONSTRAINT payment_promised CHECK (promised_minor >= 0 AND promised_minor <= received_minor)
) WITH (fillfactor = 60);

-- `instructions` is sealed: what the customer pays into is payment data.
CREATE TABLE checkout (
    order_id uuid NOT NULL REFERENCES orders,
    reference text NOT NULL,
    payment integer NOT NULL,
    gateway text NOT NULL,
    account text NOT NULL,
    method text NOT NULL,
    opened_at timestamptz NOT NULL,
    known_by timestamptz NOT NULL,
    simulated boolean NOT NULL DEFAULT false,
    state text NOT NULL CHECK (state IN ('open', 'declined', 'paid', 'second_claimed', 'charged_back')),
    received_minor bigint,
    disputed_minor bigint,
    received_currency text,
    disputed_currency text,
    transaction text,
    instructions bytea CHECK (length(instructions) > 0),
    PRIMARY KEY (order_id, reference),
    FOREIGN KEY (order_id, payment) REFERENCES payment,
    CHECK ((received_minor IS NULL) = (received_currency IS NULL)),
    CHECK ((disputed_minor IS NULL) = (disputed_currency IS NULL)),
    CONSTRAINT checkout_disputed CHECK (disputed_minor > 0 AND disputed_minor <= received_minor)
) WITH (fillfactor = 65);

-- `target` is sealed; `target_mark` finds the same target again without knowing it.
CREATE TABLE item (
    order_id uuid NOT NULL REFERENCES orders,
    n integer NOT NULL,
    product text NOT NULL,
    category text NOT NULL,
    name text NOT NULL,
    target bytea NOT NULL,
    target_mark bytea NOT NULL,
    cost_minor bigint NOT NULL,
    max_cost_minor bigint NOT NULL,
    charged_minor bigint NOT NULL,
    discount_minor bigint NOT NULL,
    cost_currency text NOT NULL,
    max_cost_currency text NOT NULL,
    charged_currency text NOT NULL,
    discount_currency text NOT NULL,
    serial_pending boolean NOT NULL,
    state text NOT NULL
        CHECK (state IN ('queued', 'in_progress', 'delivered', 'failed', 'review', 'cancelled', 'reversed')),
    live_attempt integer,
    failure text,
    PRIMARY KEY (order_id, n)
) WITH (fillfactor = 50);

-- What the supplier told (`price`, `supplier_ref`) stands before the state: it comes first and stays. `serial` is sealed.
CREATE TABLE attempt (
    order_id uuid NOT NULL REFERENCES orders,
    n integer NOT NULL,
    item integer NOT NULL,
    cost_minor bigint NOT NULL,
    reserved_at timestamptz NOT NULL,
    cost_currency text NOT NULL,
    supplier text NOT NULL,
    account text NOT NULL,
    reference text NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    price_minor bigint,
    price_currency text,
    supplier_ref text,
    settle_s integer NOT NULL CHECK (settle_s >= 0),
    polls integer NOT NULL,
    not_found integer NOT NULL,
    not_found_since timestamptz,
    contested boolean NOT NULL,
    closed_at timestamptz,
    state text NOT NULL
        CHECK (state IN ('reserved', 'pending', 'unknown', 'done', 'refused', 'failed', 'reversed')),
    cause text CHECK (cause IN ('supplier', 'us', 'deposit', 'account', 'busy', 'closed', 'price', 'customer', 'repeat', 'not_formed', 'concluded')),
    word text,
    serial bytea CHECK (length(serial) > 0),
    PRIMARY KEY (order_id, n),
    CHECK ((price_minor IS NULL) = (price_currency IS NULL)),
    FOREIGN KEY (order_id, item) REFERENCES item
) WITH (fillfactor = 50);

CREATE TABLE refund (
    order_id uuid NOT NULL REFERENCES orders,
    n integer NOT NULL,
    state text NOT NULL
        CHECK (state IN ('requested', 'sending', 'manual', 'succeeded', 'failed', 'cancelled')),
    confirmed_by text,
    evidence text,
    payment integer NOT NULL,
    checkout text NOT NULL,
    item integer,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    amount_currency text NOT NULL,
    reason text NOT NULL
        CHECK (reason IN ('item_failed', 'taken_back', 'late_money', 'paid_twice', 'review_returned')),
    requested_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, n),
    FOREIGN KEY (order_id, payment) REFERENCES payment,
    FOREIGN KEY (order_id, checkout) REFERENCES checkout
) WITH (fillfactor = 65);

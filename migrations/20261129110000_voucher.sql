-- Vouchers: codes that lower what an order costs. Owner: booking-api.
create table voucher (
    event_id uuid not null references event on delete cascade,
    voucher_id uuid not null,
    -- A keyed hash: whoever reads this table learns no code.
    code_hash bytea not null check (length(code_hash) = 32),
    -- The last characters, for the organizer to tell vouchers apart.
    hint text not null check (length(hint) <= 4),
    label text check (length(label) <= 100),
    -- One of the three: so much off each face value, a share of it in parts per million, or a price in its place.
    off_minor bigint check (off_minor > 0),
    off_ppm integer check (off_ppm between 1 and 1000000),
    price_minor bigint check (price_minor >= 0),
    -- The tiers that it is good for; empty for all.
    tiers uuid[] not null default '{}',
    valid_until timestamptz,
    -- How many orders may use it, and how many of one account; none means any number.
    uses_max integer check (uses_max > 0),
    per_person integer check (per_person > 0),
    -- How much it may take off in all.
    budget_minor bigint check (budget_minor > 0),
    -- Counted in the transaction of the order, and taken back in the one that ends it unsold.
    uses integer not null default 0 check (uses >= 0),
    spent_minor bigint not null default 0 check (spent_minor >= 0),
    created_at timestamptz not null,
    revoked_at timestamptz,
    primary key (event_id, voucher_id),
    unique (event_id, code_hash),
    check (num_nonnulls(off_minor, off_ppm, price_minor) = 1),
    constraint voucher_uses_limit_check check (uses_max is null or uses <= uses_max),
    constraint voucher_budget_limit_check check (budget_minor is null or spent_minor <= budget_minor)
);

-- Which order used which voucher: at most one each.
create table voucher_use (
    event_id uuid not null,
    order_id uuid not null,
    voucher_id uuid not null,
    account_id uuid not null,
    discount_minor bigint not null check (discount_minor > 0),
    used_at timestamptz not null,
    -- The order came to nothing, and others may use the voucher.
    returned_at timestamptz,
    primary key (event_id, order_id),
    foreign key (event_id, order_id) references booking_order,
    foreign key (event_id, voucher_id) references voucher on delete cascade
);
create index voucher_use_account_idx on voucher_use (event_id, voucher_id, account_id) where returned_at is null;

-- What a voucher took off: the face value stays what the tier said.
alter table order_line
    add column discount_minor bigint not null default 0 check (discount_minor >= 0),
    drop constraint order_line_price_check,
    add constraint order_line_discount_check check (discount_minor <= coalesce(face_minor, price_minor)),
    add constraint order_line_price_check check (
        price_minor = coalesce(face_minor, price_minor) - discount_minor + fee_minor
            + case when tax_included then 0 else tax_minor end);

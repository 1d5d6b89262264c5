-- What booking-api says to PostgreSQL for one ticket that nobody confirms at the same time as, from reserving to the end of
-- confirming, statement by statement; but for what tells the mirror, which many orders share. Each client has `per` tickets of its own.
\set i :i + 1
\set ticket :client_id * :per + :i - 1
\set account :first + :ticket
\set order :first + :ticket
-- Reserving.
select currency, ticket_limit, sales_start, sales_end, starts_at, state,
  (select coalesce(sum(line.count), 0)::bigint
   from (select event_id, order_id, state from booking_order where account_id = floor_id(:account) offset 0) as theirs
   cross join lateral (select count(*) from order_line where order_line.event_id = theirs.event_id
     and order_line.order_id = theirs.order_id and returned_at is null offset 0) as line
   where theirs.event_id = event.event_id and theirs.state in ('capturing', 'paid', 'fulfilled', 'partly_refunded')),
  (fee_minor + fee_ppm + tax_ppm > 0 or exists (
     select from tier where tier.event_id = event.event_id and tier.fee_minor is not null)),
  exists (select from presale where presale.event_id = event.event_id)
from event where event_id = :event::uuid;
-- Confirming, alone.
select ticket_id, section, row_name, seat_name, tier_id, tier.name, price_minor, general_admission, currency, ticket_limit
from (select event_id, ticket_id, tier_id, section, row_name, seat_name from ticket
      where event_id = :event::uuid and ticket_id = any(array[:ticket::integer]) order by ticket_id offset 0) as ticket
join tier using (event_id, tier_id) join event using (event_id) order by ticket_id;
begin;
insert into buyer (event_id, account_id) values (:event::uuid, floor_id(:account))
on conflict (event_id, account_id) do update set account_id = excluded.account_id;
select ticket_id from ticket where event_id = :event::uuid and ticket_id = any(array[:ticket::integer])
order by ticket_id for update;
insert into booking_order (event_id, order_id, account_id, visitor_id, hold_id, state, total_minor, currency, until, created_at)
values (:event::uuid, floor_id(:order), floor_id(:account), floor_id(:account), floor_id(:order), 'awaiting_payment', 4950,
  'EUR', now() + interval '15 minutes', now()) on conflict (event_id, hold_id) do nothing;
select ticket_limit from event where event_id = :event::uuid and state = 'published';
select ticket_id from sale
  where event_id = :event::uuid and ticket_id = any(array[:ticket::integer]) and order_id <> floor_id(:order)
union
select ticket_id from claim
  where event_id = :event::uuid and ticket_id = any(array[:ticket::integer]) and order_id <> floor_id(:order) and until > now()
union
select ticket_id from waitlist_seat where event_id = :event::uuid and ticket_id = any(array[:ticket::integer])
order by 1;
select sum(line.count)
from (select event_id, order_id, state from booking_order where account_id = floor_id(:account) offset 0) as theirs
cross join lateral (select count(*) from order_line where order_line.event_id = theirs.event_id
  and order_line.order_id = theirs.order_id and returned_at is null offset 0) as line
where theirs.event_id = :event::uuid
  and theirs.state in ('awaiting_payment', 'capturing', 'paid', 'fulfilled', 'partly_refunded');
insert into order_line (event_id, order_id, ticket_id, place, price_minor, face_minor, fee_minor, tax_minor, tax_included)
values (:event::uuid, floor_id(:order), :ticket::integer, 'Hall, row 1, seat 1', 4950, 4950, 0, 0, true);
insert into claim (event_id, ticket_id, order_id, until)
values (:event::uuid, :ticket::integer, floor_id(:order), now() + interval '15 minutes')
on conflict on constraint claim_ticket_key do update set order_id = excluded.order_id, until = excluded.until
where claim.until <= now();
with bumped as (
  update ticket set version = version + 1 where event_id = :event::uuid and ticket_id = any(array[:ticket::integer])
  returning event_id, ticket_id, version)
insert into mirror_change (event_id, ticket_id, version, taken) select event_id, ticket_id, version, true from bumped;
insert into order_history (event_id, order_id, at, state, cause)
values (:event::uuid, floor_id(:order), now(), 'awaiting_payment', 'the fan confirmed the hold');
insert into payment_attempt (event_id, order_id, n, provider, provider_key, token, state, amount_minor, currency, created_at,
  next_look_at)
values (:event::uuid, floor_id(:order), 1, 'sandbox', floor_id(:order), 'tok_ok', 'created', 4950, 'EUR', now(), now());
end;

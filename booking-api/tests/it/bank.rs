//! What organizers do with money, what banks do, and whether the books balance.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use contracts::{
    id::{OrderRef, TicketRef},
    session::Role,
};
use serde_json::{Value, json};

use crate::{
    app::{Answer, Client},
    shop::Shop,
};

impl Shop {
    /// Whose the event is.
    pub(crate) fn organizer(&self) -> Client<'_> {
        self.booking.stranger().of_account(self.organizer, Role::Organizer)
    }

    /// The organizer refunds `tickets` of an order, or all that are left.
    pub(crate) async fn refund(&self, order: &str, tickets: Option<&[TicketRef]>) -> Answer {
        let mut body = json!({"reason": "You asked for it."});
        if let Some(tickets) = tickets {
            body["ticketIds"] = json!(tickets);
        }
        self.organizer().post(&format!("/order/{order}/refund"), body).await
    }

    /// An order of `tickets` that has expired while its payment is on its way, and comes at the next ticks.
    pub(crate) async fn expired(&self, fan: &Client<'_>, tickets: &[TicketRef]) -> String {
        let order = fan.buy(tickets, "tok_late:1").await;
        self.tick().await;
        self.booking.clock.advance(TimeDelta::minutes(16));
        self.until(&order, "expired").await;
        order
    }

    /// What the provider knows of the order's newest payment.
    pub(crate) async fn payment_of(&self, order: &str) -> Value {
        let of: OrderRef = order.parse().unwrap();
        let key = sqlx::query_scalar!(
            "select provider_key from payment_attempt where order_id = $1 order by n desc limit 1",
            of.order.uuid()
        );
        let key = key.fetch_one(&self.booking.postgres).await.unwrap();
        self.ledger().await.into_iter().find(|one| one["reference"] == key).unwrap()
    }

    /// Asks something of the provider about one authorization, as its payer or their bank; gives the status.
    pub(crate) async fn at_the_bank(&self, authorization: &Value, step: &str) -> u16 {
        let id = authorization["id"].as_str().unwrap();
        let url = format!("{}/authorization/{id}/{step}", self.sandbox_url);
        let request = self.client.post(url).header("idempotency-key", format!("{id}/{step}/elsewhere"));
        request.send().await.unwrap().status().as_u16()
    }

    /// Ticks until `condition` holds.
    #[expect(clippy::future_not_send, reason = "a test waits on its own thread")]
    pub(crate) async fn tick_until(&self, condition: impl AsyncFn() -> bool) {
        self.wait_for(async || {
            self.tick().await;
            condition().await
        })
        .await;
    }

    /// How many messages of a kind wait for the notifier, or were sent.
    pub(crate) async fn messages_of(&self, kind: &str) -> i64 {
        sqlx::query_scalar!(r#"select count(*) as "count!" from outbox where kind = $1"#, kind)
            .fetch_one(&self.booking.postgres)
            .await
            .unwrap()
    }

    /// Whether nothing is under way any more: no payment, no command, no callback that the provider repeats.
    pub(crate) async fn is_at_rest(&self) -> bool {
        let open = sqlx::query_scalar!(
            r#"select (select count(*) from payment_command where done_at is null and refused_at is null)
                 + (select count(*) from booking_order where state in ('awaiting_payment', 'capturing')) as "open!""#
        );
        let open = open.fetch_one(&self.booking.postgres).await.unwrap();
        let is_told = async |one: &Value| {
            let asked = json!({"opened": "open", "won": "won", "lost": "lost"});
            let known = sqlx::query_scalar!(
                "select state from dispute where dispute_id = $1",
                one["dispute"]["id"].as_str().unwrap_or_default()
            );
            let known = known.fetch_optional(&self.booking.postgres).await.unwrap().unwrap_or_default();
            one["dispute"].is_null() || asked[known] == one["dispute"]["state"]
        };
        for one in self.ledger().await {
            if one["state"] == "authorised" || !is_told(&one).await {
                return false;
            }
        }
        open == 0
    }

    /// What the provider has of each order, in minor units: taken, less given back, less taken back by banks.
    async fn taken(&self) -> BTreeMap<uuid::Uuid, i64> {
        let attempts = sqlx::query!("select order_id, provider_key from payment_attempt");
        let attempts = attempts.fetch_all(&self.booking.postgres).await.unwrap();
        let mut taken = BTreeMap::new();
        for one in self.ledger().await {
            let Some(attempt) = attempts.iter().find(|attempt| one["reference"] == attempt.provider_key)
            else {
                assert!(one["state"] != "captured", "money of nobody: {one}");
                continue;
            };
            let is_taken = one["state"] == "captured" || one["state"] == "refunded";
            let minor = |value: &Value| value.as_i64().unwrap_or_default();
            let amount = if is_taken { minor(&one["amount"]["minor"]) } else { 0 };
            let lost = if one["dispute"]["state"] == "lost" { minor(&one["dispute"]["amount"]) } else { 0 };
            *taken.entry(attempt.order_id).or_default() += amount - minor(&one["refunded"]) - lost;
        }
        taken
    }

    /// Whether money and tickets balance to the cent, once everything has settled: of each order the provider has the
    /// price of exactly the tickets that are sold to it; its total is the sum of its lines; each ticket that is sold has
    /// one code, and no other has one.
    pub(crate) async fn assert_balanced(&self) {
        let taken = self.taken().await;
        let orders = sqlx::query!(
            r#"select order_id, state, total_minor, number,
                 (select coalesce(sum(price_minor), 0)::bigint from order_line as line
                  where line.order_id = booking_order.order_id) as "lines!",
                 (select coalesce(sum(price_minor), 0)::bigint from order_line as line join sale using (event_id, ticket_id)
                  where line.order_id = booking_order.order_id and sale.order_id = line.order_id) as "sold!",
                 (select coalesce(sum(amount_minor), 0)::bigint from refund
                  where refund.order_id = booking_order.order_id and refund.state = 'refused'
                    and not exists (select from dispute where dispute.order_id = refund.order_id
                      and dispute.state = 'lost')) as "owed!",
                 (select count(*) from sale where sale.order_id = booking_order.order_id) as "sales!",
                 (select count(*) from order_line as line where line.order_id = booking_order.order_id
                    and returned_at is null) as "live!",
                 (select count(*) from issued_ticket as issued where issued.order_id = booking_order.order_id
                    and revoked_at is null) as "codes!"
               from booking_order"#
        );
        for order in orders.fetch_all(&self.booking.postgres).await.unwrap() {
            let at = |what: &str| format!("{what} of order {} that is {}", order.order_id, order.state);
            assert_eq!(order.lines, order.total_minor, "{}", at("total"));
            let money = taken.get(&order.order_id).copied().unwrap_or_default();
            // What a provider refused to refund is there, and is the fan's.
            assert_eq!(money, order.sold + order.owed, "{}", at("money"));
            assert_eq!(order.codes, order.sales, "{}", at("codes"));
            let is_paid = ["paid", "fulfilled", "partly_refunded"].contains(&order.state.as_str());
            assert_eq!(order.sales, if is_paid { order.live } else { 0 }, "{}", at("tickets"));
        }
        self.assert_numbers_have_no_gaps().await;
        self.assert_vouchers_balance().await;
    }

    /// Whether each voucher counts exactly the orders that use it and did not come to nothing, with what it took off them.
    async fn assert_vouchers_balance(&self) {
        let vouchers = sqlx::query!(
            r#"select voucher_id, uses, spent_minor, count(order_id) as "orders!",
                 coalesce(sum((select sum(discount_minor) from order_line as line where line.order_id = used.order_id)),
                   0)::bigint as "discounts!"
               from voucher left join (select voucher_id, order_id from voucher_use join booking_order using (order_id)
                 where state not in ('expired', 'cancelled', 'voided')
                   and not (state = 'refunded' and not exists (select from order_history as entry
                     where entry.order_id = booking_order.order_id and entry.state = 'paid'))) as used using (voucher_id)
               group by voucher.event_id, voucher_id, uses, spent_minor"#
        );
        for one in vouchers.fetch_all(&self.booking.postgres).await.unwrap() {
            let counted = (i64::from(one.uses), one.spent_minor);
            assert_eq!(counted, (one.orders, one.discounts), "voucher {}", one.voucher_id);
        }
    }

    async fn assert_numbers_have_no_gaps(&self) {
        let numbers = sqlx::query_scalar!(
            r#"select number as "number!" from booking_order where number is not null order by number"#
        );
        let numbers = numbers.fetch_all(&self.booking.postgres).await.unwrap();
        assert!(numbers.iter().copied().eq(1..=i64::try_from(numbers.len()).unwrap()), "{numbers:?}");
    }
}

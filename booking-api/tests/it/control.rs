//! The negative control of the race tests: the same race against the statements with the lock taken out, or with a lock
//! that keeps nobody out. If the race could not sell a ticket twice there, it would prove nothing where it does not.

use std::sync::Arc;

use contracts::id::{AccountId, TicketId};
use sqlx::PgPool;
use tokio::sync::Barrier;

use crate::shop::Shop;

/// How the contenders keep one another out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    /// As our statements do: the row of the ticket.
    Ticket,
    /// A lock whose key names the buyer too.
    TicketAndBuyer,
    /// Not at all.
    None,
}

/// How many want the one ticket: fewer than the pool of a test has connections.
const CONTENDERS: usize = 4;

/// Takes the keys off the table of sales, in this test's own database: what is left keeps nobody from selling twice.
async fn without_keys(postgres: &PgPool) {
    sqlx::query!("alter table sale drop constraint sale_ticket_key cascade").execute(postgres).await.unwrap();
    sqlx::query!("alter table sale drop constraint sale_event_id_order_id_ticket_id_fkey")
        .execute(postgres)
        .await
        .unwrap();
}

/// Looks whether the ticket is sold, and sells it if not: the broken or the whole copy of what settling does. Where nobody
/// is kept out all look before anybody writes, which is what a busy second does by itself.
async fn contend(shop: &Shop, lock: Lock, buyer: AccountId, all_looked: &Barrier) -> bool {
    let (event, ticket) = (shop.event.uuid(), TicketId::new(0).unwrap().int());
    let mut tx = shop.booking.postgres.begin().await.unwrap();
    match lock {
        Lock::Ticket => {
            let locked = sqlx::query_scalar!(
                "select ticket_id from ticket where event_id = $1 and ticket_id = $2 for update",
                event,
                ticket
            );
            locked.fetch_one(&mut *tx).await.unwrap();
        }
        Lock::TicketAndBuyer => {
            let key = format!("{event}/{ticket}/{buyer}");
            sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", key)
                .fetch_one(&mut *tx)
                .await
                .unwrap();
        }
        Lock::None => {}
    }
    let sold = sqlx::query_scalar!(
        r#"select exists (select from sale where event_id = $1 and ticket_id = $2) as "sold!""#,
        event,
        ticket
    );
    let sold = sold.fetch_one(&mut *tx).await.unwrap();
    if lock != Lock::Ticket {
        all_looked.wait().await;
    }
    if !sold {
        sqlx::query!(
            "insert into sale (event_id, ticket_id, order_id, sold_at) values ($1, $2, $3, now())",
            event,
            ticket,
            buyer.uuid()
        )
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    !sold
}

/// How many buyers were told that the ticket is theirs.
async fn race(shop: &Shop, lock: Lock) -> usize {
    let all_looked = Arc::new(Barrier::new(CONTENDERS));
    let contenders = (0..CONTENDERS).map(|_| contend(shop, lock, shop.booking.app.ids.next(), &all_looked));
    futures_util::future::join_all(contenders).await.into_iter().filter(|won| *won).count()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_race_sells_twice_where_the_lock_is_taken_out_and_once_where_it_is(postgres: PgPool) {
    let shop = Shop::open(postgres.clone()).await;
    without_keys(&postgres).await;
    assert_eq!(race(&shop, Lock::None).await, CONTENDERS, "the control must see the double sale");
    sqlx::query!("truncate sale").execute(&postgres).await.unwrap();
    assert_eq!(race(&shop, Lock::Ticket).await, 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_lock_that_names_the_buyer_keeps_nobody_out(postgres: PgPool) {
    let shop = Shop::open(postgres.clone()).await;
    without_keys(&postgres).await;
    assert_eq!(race(&shop, Lock::TicketAndBuyer).await, CONTENDERS);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_table_refuses_a_second_sale_whatever_the_code_does(postgres: PgPool) {
    let shop = Shop::open(postgres.clone()).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    for (fan, sold) in [(&ada, true), (&bob, false)] {
        crate::given::order(&shop.booking, shop.event, fan.account.unwrap(), &[0], sold).await;
    }
    let twice = sqlx::query!(
        "insert into sale (event_id, ticket_id, order_id, sold_at)
         select event_id, ticket_id, order_id, now() from claim where ticket_id = 0"
    );
    let refused = twice.execute(&postgres).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().constraint(), Some("sale_ticket_key"));
    assert_eq!(shop.sold().await, 1);
}

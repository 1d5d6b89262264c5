//! Reading events, tiers and tickets for a sale.

use std::collections::HashMap;

use contracts::{
    id::{AccountId, EventId, PassId, TicketId},
    language::Language,
    message::{Brand, EventBrief, Recipient},
    money::{Currency, Money},
};
use platform::postgres::{Postgres, StoreError, Tx, column};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{Line, Offer, place};
use crate::{
    charge::{self, Rates},
    voucher::Terms,
};

/// The event, and what `account` has bought of it, and all who share `pass`.
///
/// # Errors
/// When the database fails.
pub async fn offer(
    postgres: &Postgres,
    event: EventId,
    account: AccountId,
    pass: Option<PassId>,
) -> Result<Option<Offer>, StoreError> {
    Ok(offers(postgres, event, &[(account, pass)]).await?.pop().flatten())
}

/// The same for each of several accounts, and the pass that it shares with others; in order.
///
/// # Errors
/// When the database fails.
pub async fn offers(
    postgres: &Postgres,
    event: EventId,
    whose: &[(AccountId, Option<PassId>)],
) -> Result<Vec<Option<Offer>>, StoreError> {
    // As in `sale::store::counts`, the database is told not to walk through all orders of the event.
    let rows = sqlx::query!(
        r#"select n as "n!", currency, ticket_limit, sales_start, sales_end, starts_at, state,
             (select coalesce(sum(line.count), 0)::bigint
              from (select event_id, order_id, state from booking_order where account_id = whose.account_id
                offset 0) as theirs
              cross join lateral (select count(*) from order_line where order_line.event_id = theirs.event_id
                and order_line.order_id = theirs.order_id and returned_at is null offset 0) as line
              where theirs.event_id = event.event_id
                and theirs.state in ('capturing', 'paid', 'fulfilled', 'partly_refunded')) as "bought!",
             (select coalesce(sum(line.count), 0)::bigint
              from (select event_id, order_id, state from booking_order where pass_id = whose.pass_id
                offset 0) as theirs
              cross join lateral (select count(*) from order_line where order_line.event_id = theirs.event_id
                and order_line.order_id = theirs.order_id and returned_at is null offset 0) as line
              where theirs.event_id = event.event_id
                and theirs.state in ('capturing', 'paid', 'fulfilled', 'partly_refunded')) as "bought_with_pass!",
             (fee_minor + fee_ppm + tax_ppm > 0 or exists (
                select from tier where tier.event_id = event.event_id and tier.fee_minor is not null)) as "is_charged!",
             exists (select from presale where presale.event_id = event.event_id) as "has_presales!"
           from event cross join unnest($2::uuid[], $3::uuid[]) with ordinality as whose (account_id, pass_id, n)
           where event_id = $1"#,
        event.uuid(),
        &column(whose, |(account, _)| account.uuid()),
        // No pass is called so.
        &column(whose, |(_, pass)| pass.map_or(Uuid::nil(), PassId::uuid))
    )
    .fetch_all(postgres)
    .await?;
    let mut offers = vec![None; whose.len()];
    for row in rows {
        let at = usize::try_from(row.n - 1).ok().and_then(|at| offers.get_mut(at));
        let Some(offer) = at else { continue };
        *offer = Some(Offer {
            event,
            currency: currency(&row.currency)?,
            limit: u32::try_from(row.ticket_limit).unwrap_or_default(),
            sales_start: row.sales_start,
            sales_end: row.sales_end,
            starts_at: row.starts_at,
            is_published: row.state == "published",
            bought: u32::try_from(row.bought).unwrap_or(u32::MAX),
            bought_with_pass: u32::try_from(row.bought_with_pass).unwrap_or(u32::MAX),
            is_charged: row.is_charged,
            has_presales: row.has_presales,
        });
    }
    Ok(offers)
}

/// A ticket, with what its tier and its event say of its price and of selling it.
#[derive(Clone, Debug)]
pub struct Priced {
    ticket_id: i32,
    section: Option<String>,
    row_name: Option<String>,
    seat_name: Option<String>,
    tier_id: Uuid,
    tier: String,
    price_minor: i64,
    general_admission: bool,
    currency: String,
    fee_minor: i64,
    fee_ppm: i32,
    tax_ppm: i32,
    tax_included: bool,
    ticket_limit: i32,
    is_published: bool,
}

impl Priced {
    /// Which ticket.
    pub fn ticket(&self) -> TicketId {
        self.ticket_id.into()
    }

    /// The most tickets that one account may have of the event.
    pub fn limit(&self) -> u32 {
        u32::try_from(self.ticket_limit).unwrap_or_default()
    }

    /// Whether the organizer has published the event, and not called it off.
    pub fn is_published(&self) -> bool {
        self.is_published
    }
}

/// Tickets of an event, with their prices, in their order by number. The tickets are looked for first, and by their numbers:
/// left the choice, the database may come from the tier, and walk through all of its tickets.
macro_rules! priced {
    ($lock:literal, $($value:expr),*) => {
        sqlx::query_as!(
            Priced,
            r#"select ticket_id, section, row_name, seat_name, tier_id, tier.name as tier, price_minor,
                 general_admission, currency, coalesce(tier.fee_minor, event.fee_minor) as "fee_minor!",
                 coalesce(tier.fee_ppm, event.fee_ppm) as "fee_ppm!", coalesce(tier.tax_ppm, event.tax_ppm) as "tax_ppm!",
                 tax_included, ticket_limit, state = 'published' as "is_published!"
               from (select event_id, ticket_id, tier_id, section, row_name, seat_name from ticket
                     where event_id = $1 and ticket_id = any($2) order by ticket_id offset 0"# + $lock + ") as ticket
               join tier using (event_id, tier_id) join event using (event_id) order by ticket_id",
            $($value),*
        )
    };
}

/// Those of `tickets` that there are, in their order by number, with what they cost under the terms of a voucher.
///
/// # Errors
/// When the database fails.
pub async fn lines(
    database: impl PgExecutor<'_>,
    event: EventId,
    tickets: &[TicketId],
    voucher: Option<&Terms>,
) -> Result<Vec<Line>, StoreError> {
    let rows = priced!("", event.uuid(), &column(tickets, |ticket| ticket.int())).fetch_all(database).await?;
    lines_of(&rows.iter().collect::<Vec<_>>(), voucher)
}

/// Locks those of `tickets` that nobody else has locked, in their order by number.
///
/// # Errors
/// When the database fails.
pub async fn lock_priced(
    tx: &mut Tx,
    event: EventId,
    tickets: &[TicketId],
) -> Result<Vec<Priced>, StoreError> {
    let numbers = column(tickets, |ticket| ticket.int());
    Ok(priced!(" for update skip locked", event.uuid(), &numbers).fetch_all(&mut **tx).await?)
}

/// The lines of one order.
///
/// # Errors
/// When a price does not fit.
pub fn lines_of(rows: &[&Priced], voucher: Option<&Terms>) -> Result<Vec<Line>, StoreError> {
    let off = |tier: Uuid, face| voucher.map_or(0, |terms| terms.off(tier.into(), face));
    let faces: Vec<(i64, Rates)> = rows
        .iter()
        .map(|row| {
            let rates = Rates { fee: row.fee_minor, fee_ppm: row.fee_ppm, tax_ppm: row.tax_ppm };
            (row.price_minor - off(row.tier_id, row.price_minor), rates)
        })
        .collect();
    let included = rows.first().is_some_and(|row| row.tax_included);
    let parts = charge::split(&faces, included)
        .ok_or_else(|| StoreError::Unexpected("the price of a ticket does not fit".to_owned()))?;
    rows.iter()
        .zip(parts)
        .map(|(row, parts)| {
            let currency = currency(&row.currency)?;
            let money = |minor| Money { minor, currency };
            let words =
                place(row.section.as_deref(), row.row_name.as_deref(), row.seat_name.as_deref(), &row.tier);
            Ok(Line {
                ticket: row.ticket_id.into(),
                place: words,
                price: money(parts.price),
                face: money(row.price_minor),
                discount: money(row.price_minor - parts.face),
                fee: money(parts.fee),
                tax: money(parts.tax),
                tax_included: row.tax_included,
                pool: row.general_admission.then(|| row.tier_id.into()),
            })
        })
        .collect()
}

/// Whose the event is.
///
/// # Errors
/// When the database fails.
pub async fn owner(postgres: &Postgres, event: EventId) -> Result<Option<AccountId>, StoreError> {
    let owner = sqlx::query_scalar!("select owner_id from event where event_id = $1", event.uuid())
        .fetch_optional(postgres)
        .await?;
    Ok(owner.map(AccountId::from))
}

/// The most tickets that one account may have of the event; none while it is not published, or when it was called off.
///
/// # Errors
/// When the database fails.
pub async fn limit(tx: &mut Tx, event: EventId) -> Result<Option<u32>, StoreError> {
    let limit = sqlx::query_scalar!(
        "select ticket_limit from event where event_id = $1 and state = 'published'",
        event.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(limit.map(|limit| u32::try_from(limit).unwrap_or_default()))
}

/// Whether the event was called off.
///
/// # Errors
/// When the database fails, or there is no such event.
pub async fn is_called_off(tx: &mut Tx, event: EventId) -> Result<bool, StoreError> {
    let state = sqlx::query_scalar!("select state from event where event_id = $1", event.uuid())
        .fetch_one(&mut **tx)
        .await?;
    Ok(state == "cancelled")
}

/// What a mail says of the event, and to whom it goes.
///
/// # Errors
/// When the database fails.
pub async fn mail(
    tx: &mut Tx,
    event: EventId,
    account: AccountId,
) -> Result<(EventBrief, Recipient), StoreError> {
    let (brief, mut to) = mails(tx, event, &[account]).await?;
    let gone = || StoreError::Unexpected("an order of an account that is not there".to_owned());
    Ok((brief, to.remove(&account).ok_or_else(gone)?))
}

/// What mails say of the event, and to whom they go.
///
/// # Errors
/// When the database fails.
pub async fn mails(
    tx: &mut Tx,
    event: EventId,
    accounts: &[AccountId],
) -> Result<(EventBrief, HashMap<AccountId, Recipient>), StoreError> {
    let row = sqlx::query!(
        r#"select title, venue.name as venue, city, starts_at, time_zone,
             brand.name as "brand_name?", colour as "colour?", reply_to as "reply_to?", footer as "footer?"
           from event join venue using (venue_id) left join organizer_brand as brand on brand.owner_id = event.owner_id
           where event_id = $1"#,
        event.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    let brand =
        Brand { name: row.brand_name, colour: row.colour, reply_to: row.reply_to, footer: row.footer };
    let brief = EventBrief {
        title: row.title,
        venue: row.venue,
        city: row.city,
        starts_at: row.starts_at,
        time_zone: row.time_zone,
        brand: (brand != Brand::default()).then_some(brand),
    };
    let rows = sqlx::query!(
        r#"select account_id, email, name,
             coalesce(
               (select language from booking_order
                where booking_order.event_id = $1 and booking_order.account_id = account.account_id
                order by created_at desc limit 1),
               language, 'en') as "language!"
           from account where account_id = any($2)"#,
        event.uuid(),
        &column(accounts, |account| account.uuid())
    )
    .fetch_all(&mut **tx)
    .await?;
    let to = rows.into_iter().map(|row| {
        let language = Language::of(&row.language).unwrap_or_default();
        (AccountId::from(row.account_id), Recipient { email: row.email, name: row.name, language })
    });
    Ok((brief, to.collect()))
}

/// Remembers in which language the account reads, for mails that follow from no order of theirs.
///
/// # Errors
/// When the database fails.
pub async fn reads(
    database: impl PgExecutor<'_>,
    account: AccountId,
    language: Language,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update account set language = $2 where account_id = $1 and language is distinct from $2",
        account.uuid(),
        language.code()
    )
    .execute(database)
    .await?;
    Ok(())
}

/// Reads a currency that a constraint keeps in shape.
pub(crate) fn currency(code: &str) -> Result<Currency, StoreError> {
    code.parse().map_err(|_| StoreError::Unexpected(format!("there is no currency {code}")))
}

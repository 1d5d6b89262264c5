//! The OpenAPI document tells of every call of this service, and of no other. What they answer every test holds against it.

use sqlx::PgPool;

use crate::app::TestBooking;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_document_tells_of_every_call_and_of_no_other(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    openapi::routes::hold("booking-api", &format!("{:?}", app.router()));
}

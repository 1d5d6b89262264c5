//! Grant and line against a model in memory, under random interleavings of several gates with repeated and lost answers, in
//! lanes whose shares and order change meanwhile.
//! After every step the line in Redis and the slots in PostgreSQL are what the model says, and W1 to W4 hold.
#![expect(clippy::future_not_send, reason = "what shrinks a game is not, and the test stays on its thread")]

mod line;
mod play;
mod share;
mod step;

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sqlx::PgPool;

use crate::app::{TestGate, environment};
use play::play;
use step::{Step, steps};

/// How many gates share the line.
const GATES: usize = 3;
/// How many fans there are.
const FANS: usize = 9;

/// One game; what the model did not expect.
async fn game(gates: &[TestGate; GATES], steps: &[Step]) -> Result<(), String> {
    let mut done = Vec::new();
    let outcome = play(gates, steps, &mut done).await;
    outcome.map_err(|error| format!("{error}\nafter {done:#?}"))
}

/// The smallest game that goes wrong as this one does.
async fn shrink(
    gates: &[TestGate; GATES],
    tree: &mut impl ValueTree<Value = Vec<Step>>,
    mut error: String,
) -> String {
    for _ in 0..300 {
        if !tree.simplify() {
            break;
        }
        loop {
            match game(gates, &tree.current()).await {
                Err(smaller) => {
                    error = smaller;
                    break;
                }
                Ok(()) if tree.complicate() => {}
                Ok(()) => return error,
            }
        }
    }
    error
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_line_is_what_a_model_says_under_any_interleaving(postgres: PgPool) {
    let first = TestGate::start(postgres).await;
    let gates = [first.another().await, first.another().await, first];
    let games: u64 = if environment("USHER_TEST_LONG", "").is_empty() { 24 } else { 400 };
    for seed in 0..games {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let mut tree = steps().new_tree(&mut runner).unwrap();
        if let Err(error) = game(&gates, &tree.current()).await {
            let error = shrink(&gates, &mut tree, error).await;
            panic!("game {seed}: {error}");
        }
    }
}

//! One suite for every store: what the ports [`engine::Store`] and [`engine::Reader`] promise.
//!
//! *Shape.* A [`Place`] says how to make, open, crash and prove books in a store. The
//! [`conformance!`] macro turns the cases of every store into tests of the crate that names its place,
//! [`races!`] those of a store that several may write to. Decisions are made by the rules themselves
//! ([`receivables::decide()`]) and kept by an oracle ([`Model`]), which folds the history in memory;
//! what a store or a reader answers is held against it. No store, no testkit and no binary here.
//!
//! ```text
//! store_conformance::conformance!(InAFile);
//! ```
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::inconsistent_digit_grouping,
    reason = "a helper for tests fails its test; amounts are written with their decimals apart"
)]

mod agree;
pub mod cases;
mod feed;
mod model;
mod names;
mod paper;
mod place;
pub mod sample;
pub mod say;
pub mod turn;

pub use agree::agree;
pub use model::Model;
pub use names::names;
pub use place::{Opened, Place, Shared};

/// Makes a test of each case that every store passes.
#[macro_export]
macro_rules! conformance {
    ($place:ty) => {
        $crate::tests! { $place:
            loading {
                each_need_brings_what_the_rules_ask_for
                all_needs_at_once_bring_the_same
                nothing_decided_later_is_missing
                nothing_written_back_is_missing
                what_does_not_exist_is_absent
                settings_and_numbers_come_with_every_load
            }
            committing {
                a_commit_is_seen_when_it_returns_and_not_before
                a_commit_is_all_or_nothing
                what_is_released_leaves_nothing
                a_batch_that_was_cut_off_leaves_nothing
                what_was_committed_survives_a_crash
                a_large_batch_is_one_commit
                a_batch_builds_on_itself
                decisions_come_in_the_order_asked_for
                a_missing_decision_is_an_error
                what_is_refused_leaves_no_trace
                idling_and_closing_change_nothing
                followers_miss_nothing
            }
            keys {
                a_key_is_found_again
                a_command_has_one_effect
                ten_thousand_keys_are_found
                a_key_that_was_not_used_is_free
            }
            api_keys {
                a_key_is_there_at_once
                a_key_replaces_the_one_of_its_name
                a_key_may_be_put_between_batches
            }
            side {
                a_record_is_changed_by_who_saw_it_last
            }
            audit {
                a_block_is_there_at_once_and_stays
            }
            reading {
                empty_books_answer_with_nothing
                every_method_agrees_with_the_history
                every_method_agrees_after_every_commit
                a_profile_has_the_last_name
                an_account_is_found_by_the_words_of_its_name
                a_word_that_many_have_finds_the_newest
                open_invoices_are_those_with_a_balance
                pages_run_over_gaps
                a_snapshot_sees_one_moment
                texts_come_back_as_they_were_written
            }
            importing {
                an_exported_history_makes_equal_books
                gaps_are_accepted_if_asked_for
                accepting_gaps_makes_none
                what_does_not_follow_is_refused
                a_failed_import_leaves_nothing
            }
            gateways {
                whatever_gateways_say_is_loaded
                an_order_moves_on_within_a_batch
                credentials_are_beside_the_history
            }
            limits {
                the_largest_documents_come_back
                a_balance_up_to_the_last_bit
                the_longest_documents_come_back
            }
        }
    };
}

/// Makes a test of each case that a store passes which several may write to.
#[macro_export]
macro_rules! races {
    ($place:ty) => {
        $crate::tests! { $place:
            races {
                an_account_is_decided_on_by_one_at_a_time
                a_released_account_is_free
                a_lost_store_holds_up_nobody
                accounts_do_not_wait_for_each_other
                a_change_of_settings_waits_for_batches
                batches_wait_for_a_change_of_settings
                a_key_on_an_account_has_one_effect
                a_key_without_an_account_has_one_effect
                an_external_id_of_an_account_is_taken_once
                an_external_id_of_an_invoice_is_taken_once
                a_feed_does_not_pass_an_open_batch
                the_head_is_not_beyond_an_open_batch
                a_snapshot_amid_batches_is_whole
                what_is_committed_meanwhile_is_loaded_whole
                stores_come_and_go
                an_order_is_claimed_by_one
            }
            crowds {
                an_array_is_answered_in_its_order
                credit_is_spent_once
                one_key_has_one_effect
                one_external_id_is_taken_once
                settings_change_against_running_batches
                batches_in_every_order_get_through
                a_feed_misses_nothing
                a_head_is_final
                a_snapshot_under_load_is_right
                a_server_may_stop_at_any_time
            }
        }
    };
}

/// A module per suite, a test per case.
#[doc(hidden)]
#[macro_export]
macro_rules! tests {
    ($place:ty: $($suite:ident { $($case:ident)* })*) => {
        $(mod $suite {
            use super::*;
            $(
                #[test]
                fn $case() {
                    $crate::cases::$suite::$case::<$place>();
                }
            )*
        })*
    };
}

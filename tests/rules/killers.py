"""For each rule a test that turns red without it: the attack, run as it stands by ``test_mutation.py``.

A new code in the catalogue needs its line here.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Killer(NamedTuple):
    """A test function in ``tests/attacks``; ``given`` are its parameters, all else are fixtures."""

    module: str
    test: str
    given: dict[str, Any] = {}  # noqa: RUF012 - never written to


KILLERS: dict[str, Killer] = {
    "tree": Killer("attack_33_names", "test_a_signature_without_a_record_is_found"),
    "name": Killer("attack_33_names", "test_two_models_that_differ_by_case_are_found"),
    "missing": Killer("attack_03_removal", "test_removing_failed_evidence_is_found"),
    "immutable": Killer("attack_05_version_reused", "test_removed_and_added_in_one_step_is_an_alteration"),
    "version-reused": Killer(
        "attack_05_version_reused", "test_a_version_removed_and_registered_again_is_found"
    ),
    "parse": Killer(
        "attack_22_trust",
        "test_a_threshold_that_is_no_count_is_found",
        {"which": "trust", "threshold": "0"},
    ),
    "signature": Killer("attack_01_signature", "test_a_failure_without_its_signature_still_refuses"),
    "signature-format": Killer(
        "attack_35_parse", "test_a_signature_file_of_any_size_is_found", {"size": 70_000}
    ),
    "namespace": Killer("attack_07_subject", "test_a_policy_put_where_trust_belongs_is_found"),
    "registry-id": Killer("attack_08_registry_id", "test_a_policy_of_another_registry_is_found"),
    "subject": Killer("attack_07_subject", "test_a_manifest_copied_to_another_model_is_found"),
    "role": Killer("attack_02_role", "test_a_release_by_a_stranger_is_found_and_not_promoted"),
    "key": Killer(
        "attack_19_ended_keys", "test_what_a_revoked_key_signs_later_in_history_is_found", {"dated": "now"}
    ),
    "principal-kind": Killer(
        "attack_16_principal_kind",
        "test_a_bots_approval_is_refused_found_and_does_not_count",
        {"kind": "bot"},
    ),
    "time": Killer("attack_20_time", "test_a_commit_dated_ahead_is_found"),
    "clock": Killer("attack_20_time", "test_nothing_is_written_on_a_clock_behind_the_branch"),
    "pin": Killer("attack_23_another_beginning", "test_another_registry_than_the_pins_is_found"),
    "trust": Killer("attack_15_counted_once", "test_two_names_that_differ_by_case_alone_are_found"),
    "trust-threshold": Killer("attack_22_trust", "test_a_new_threshold_counts_at_once"),
    "policy": Killer(
        "attack_27_law_fails_closed",
        "test_a_policy_that_cannot_be_applied_is_found_and_never_signed",
        {"name": "an empty list"},
    ),
    "policy-threshold": Killer("attack_15_counted_once", "test_one_administrator_signing_twice_is_one"),
    "tier-threshold": Killer(
        "attack_49_risk_tier", "test_a_publisher_who_lowers_the_tier_is_found_and_gains_nothing"
    ),
    "tier": Killer("attack_49_risk_tier", "test_a_release_that_claims_a_lower_tier_is_refused_and_found"),
    "version": Killer("attack_22_trust", "test_a_trust_that_names_another_predecessor_is_found"),
    "release": Killer("attack_10_release", "test_a_promotion_that_names_another_digest_is_found"),
    "card": Killer("attack_04_altered", "test_a_card_that_no_manifest_names_is_found"),
    "replay": Killer("attack_06_replay", "test_a_bare_revert_of_a_promotion_is_a_replay"),
    "sequence": Killer("attack_11_sequence", "test_a_first_record_that_claims_a_past_is_found"),
    "requirement": Killer(
        "attack_24_policy_in_the_same_step", "test_a_promotion_is_judged_by_the_policy_before"
    ),
    "freeze": Killer("attack_48_freeze", "test_a_promotion_in_the_window_is_refused_and_found"),
    "format": Killer("attack_44_format", "test_a_release_in_another_format_is_refused_and_found"),
    "image": Killer("image_by_tag", "test_an_image_by_its_tag_is_refused_and_found"),
    "line": Killer(
        "stopped_line",
        "test_a_promotion_of_what_was_stopped_is_found",
    ),
    "soak": Killer("soak", "test_a_promotion_too_early_is_refused_and_found"),
    "hold": Killer("holds", "test_a_promotion_right_after_the_rollback_is_found"),
    "emergency": Killer("attack_45_emergency", "test_a_policy_without_a_section_knows_no_emergency"),
    "cited": Killer("attack_12_approval_subject", "test_a_promotion_that_hides_what_it_rests_on_is_found"),
    "rollback": Killer("attack_47_rollback", "test_what_served_elsewhere_has_not_served_here"),
    "evidence": Killer("attack_46_evidence", "test_evidence_older_than_the_policy_allows_does_not_count"),
    "approval-state": Killer("attack_17_approval_state", "test_an_expired_approval_does_not_count"),
    "approval-stale": Killer(
        "attack_13_approval_stale", "test_a_policy_changed_after_the_approval_makes_it_stale"
    ),
    "approval-subject": Killer(
        "attack_12_approval_subject", "test_an_approval_of_another_version_does_not_count"
    ),
    "approval-slot": Killer(
        "attack_15_counted_once", "test_one_person_in_two_roles_by_two_keys_is_one_person"
    ),
    "separation": Killer("attack_14_separation", "test_the_promoter_does_not_approve_what_they_promote"),
    "traffic": Killer(
        "deployments_that_cannot_be",
        "test_a_deployment_that_cannot_be_true_is_found",
        {"revisions": ("r1",), "share": 99, "message": "sums to 99"},
    ),
    "recovery": Killer("attack_22_trust", "test_trust_begun_anew_is_found_by_whoever_holds_the_pin"),
    "first-parent": Killer("attack_28_merges", "test_a_foxtrot_merge_is_refused_where_it_arrives"),
    "merge": Killer("attack_34_merged_unlawfully", "test_two_promotions_from_one_tip_do_not_merge"),
    "freshness": Killer("attack_29_rewritten_or_old", "test_a_branch_that_was_cut_short_is_found"),
    "checkpoint": Killer("attack_29_rewritten_or_old", "test_a_checkpoint_finds_what_was_cut_short"),
}

"""The figures of the load, and what each must be."""

from __future__ import annotations

from bench.figures import Figure

FIGURES = (
    Figure("lost_saves", "confirmed saves that the database does not have", "saves", most=0),
    Figure("lost_submissions", "submissions without exactly one verdict", "runs", most=0),
    Figure("confirmed_saves", "confirmed saves", "saves"),
    Figure("judged_submissions", "submissions with a verdict", "runs"),
    Figure("saves_per_second", "saves a second", ""),
    Figure("save_p50_ms", "a save, p50", "ms"),
    Figure("save_p95_ms", "a save, p95", "ms"),
    Figure("save_p99_ms", "a save, p99", "ms", most=100),
    Figure("page_p95_ms", "a page, p95", "ms", most=250),
    Figure("failed_requests", "requests that were not answered as they should", "", most=0),
    Figure("crowd_share", "share of the machine that the crowd itself takes"),
    Figure("sustained_verdicts_per_second", "verdicts a second that the sandbox sustains", ""),
    Figure("submissions_per_second", "submissions a second, beside the saves", ""),
    Figure("save_with_submissions_p99_ms", "a save beside submissions, p99", "ms", most=250),
    Figure("page_with_submissions_p95_ms", "a page beside submissions, p95", "ms"),
    Figure("verdict_p95_ms", "submission to verdict beside the saves, p95", "ms"),
    Figure("broke_at_pace", "how many times the usual rate is too much", "times"),
    Figure("broke_at_saves_per_second", "that is, saves a second", ""),
    Figure("expiry_finished_s", "all attempts whose time ran out at once are finished", "s"),
    Figure("expiry_drafts_per_second", "drafts of code graded a second, of those that ran out", ""),
    Figure("expiry_graded_s", "and their drafts of code are graded", "s"),
    Figure("live_p95_with_expiry_vs_idle", "live p95 meanwhile / idle p95", most=1.5),
)

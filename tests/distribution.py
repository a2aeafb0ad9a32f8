"""Which process of a run takes which test file: the long ones first, and files that share costly parts where those are up."""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# Roughly what a test takes, in seconds of a quiet machine; the longest beginning of its file's path counts. They only say
# what is begun first: a file that is long and begun last has the other processes wait for its end.
SECONDS = {
    "tests/browser/": 6.0,
    "tests/browser/test_endurance.py": 60.0,
    "tests/browser/test_hiring_interviews.py": 12.0,
    "tests/browser/test_pages.py": 4.0,
    "tests/browser/test_verdicts.py": 20.0,
    "tests/browser/test_stopping.py": 12.0,
    "tests/faults/": 10.0,
    "tests/faults/test_engine.py": 25.0,
    "tests/faults/test_site.py": 90.0,
    "tests/quizapp/": 0.3,
    "tests/quizapp/test_migrations.py": 2.0,
    "tests/quizapp/test_questions_": 0.02,
    "tests/quizapp/test_questions_shipped.py": 0.06,
    "tests/quizapp/test_score_table.py": 1.0,
    "tests/quizapp/test_security.py": 1.0,
    "tests/sandbox/": 1.0,
    "tests/sandbox/test_broker.py": 4.0,
    "tests/sandbox/test_frames.py": 0.02,
    "tests/sandbox/test_values.py": 0.02,
    "tests/worker/": 1.0,
    "tests/worker/test_checks.py": 4.0,
    "tests/worker/test_up.py": 6.0,
}
# Files of these folders share a browser and a site, or a broker and its containers: each process would start its own.
SHARED = ("tests/browser/", "tests/sandbox/")


def seconds_of(path: str) -> float:
    """What one test of a file takes."""
    known = [beginning for beginning in SECONDS if path.startswith(beginning)]
    return SECONDS[max(known, key=len)] if known else 1.0


def kind_of(path: str) -> str:
    """The folder whose costly parts the file needs; empty when it needs none."""
    return next((folder for folder in SHARED if path.startswith(folder)), "")


class LongFirst(LoadFileScheduling):
    """Gives whole files to processes."""

    def __init__(self, config: Any, log: Any = None) -> None:
        super().__init__(config, log)
        self._kinds: dict[WorkerController, set[str]] = {}  # what is up in each process

    def _assign_work_unit(self, node: WorkerController) -> None:
        path = self._best_for(node)
        self._kinds.setdefault(node, set()).add(kind_of(path))
        self.workqueue.move_to_end(path, last=False)
        super()._assign_work_unit(node)

    def _best_for(self, node: WorkerController) -> str:
        """A file that needs what this process has; else one of a kind for which there are too few; else any."""
        left: dict[str, float] = {
            path: seconds_of(path) * len(tests) for path, tests in self.workqueue.items()
        }
        here = self._kinds.get(node, set()) - {""}
        chosen = (
            [path for path in left if kind_of(path) in here]
            or [path for path in left if kind_of(path) in self._overdue(left)]
            or [path for path in left if not kind_of(path)]
            or list(left)
        )
        return max(chosen, key=lambda path: left[path])

    def _overdue(self, left: dict[str, float]) -> set[str]:
        """The kinds whose files would still run when everything else is done, if no further process took them."""
        share = sum(left.values()) / len(self.nodes)

        def is_overdue(kind: str) -> bool:
            at_it = sum(kind in kinds for kinds in self._kinds.values())
            own = sum(seconds for path, seconds in left.items() if kind_of(path) == kind)
            return own > share * at_it

        return {kind for kind in SHARED if is_overdue(kind)}

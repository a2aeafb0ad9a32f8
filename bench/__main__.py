"""Measure, print a table, and write `bench/report.json`. Run by `make bench`."""

from __future__ import annotations

import json
import platform
import subprocess
import time
import uuid
from pathlib import Path

from bench.measures import Exercise, Series, alternate
from bench.site import Visitor, running
from quizapp.questions import load_library
from quizapp.rules.programs import test_files

ROUNDS = 20
PAUSE_SECONDS = 0.6  # between two measurements, so that the pool is full again: this is the idle figure
HERE = Path(__file__).resolve().parent
REPORT = HERE / "report.json"


def main() -> None:
    """Alternate the three ways, then report their percentiles and ratios."""
    (question,) = load_library([HERE / "questions"]).questions
    content = question.to_content()
    exercise = Exercise(content["solution"], test_files(content, scope="full"))
    try:
        with running(HERE / "questions") as port:
            series = _measured(port, content["solution"], exercise)
    finally:
        exercise.close()
    _report(series)


def _measured(port: int, solution: dict[str, str], exercise: Exercise) -> dict[str, Series]:
    visitor = Visitor(port)
    visitor.register()
    response = visitor.response_id("bench", "bench-shelf")

    def submit() -> None:
        # A comment that was never sent before: the verdict cache cannot answer.
        files = {name: f"{text}\n# {uuid.uuid4().hex}\n" for name, text in solution.items()}
        told = visitor.verdict(response, files)
        if told["verdict"] != "accepted" or told["is_from_cache"]:
            raise SystemExit(f"not a fresh accepted verdict: {told}")

    image = _grader_image()
    submit()  # records the reference's contract, opens connections
    ways = {
        "verdict": Series("submit to verdict over HTTP, warm pool", submit),
        "host": Series("python -m pytest on the bare host, cold", exercise.on_host),
        "docker": Series(
            "docker run --rm of the same image, pytest", lambda: exercise.in_naive_container(image)
        ),
    }
    for way in ways.values():
        way.run()  # page caches
    alternate(list(ways.values()), ROUNDS, lambda: time.sleep(PAUSE_SECONDS))
    return ways


def _grader_image() -> str:
    from sandbox.settings import Settings  # noqa: PLC0415 - the bench alone asks for the image's name

    return Settings.from_environment().grader_image


def _report(ways: dict[str, Series]) -> None:
    unit, naive = ways["host"], ways["docker"]
    width = max(len(way.name) for way in ways.values())
    print(f"{'':{width}}  p50 ms  p95 ms  p50 / host  p50 / docker run")
    for way in ways.values():
        ratios = f"{way.at(0.5) / unit.at(0.5):10.3f}  {way.at(0.5) / naive.at(0.5):16.3f}"
        print(f"{way.name:{width}}  {way.at(0.5) * 1000:6.1f}  {way.at(0.95) * 1000:6.1f}  {ratios}")
    figures = {
        "verdict_idle_p50_vs_host_pytest": ways["verdict"].at(0.5) / unit.at(0.5),
        "verdict_idle_p95_vs_host_pytest": ways["verdict"].at(0.95) / unit.at(0.95),
        "verdict_idle_p50_vs_docker_run": ways["verdict"].at(0.5) / naive.at(0.5),
        "verdict_idle_p50_ms": ways["verdict"].at(0.5) * 1000,
        "verdict_idle_p95_ms": ways["verdict"].at(0.95) * 1000,
        "host_pytest_p50_ms": unit.at(0.5) * 1000,
        "docker_run_p50_ms": naive.at(0.5) * 1000,
    }
    engine = subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"], capture_output=True, text=True, check=False
    )
    report = {
        **{name: round(value, 4) for name, value in figures.items()},
        "rounds": ROUNDS,
        "machine": {
            "kernel": platform.release(),
            "python": platform.python_version(),
            "docker": engine.stdout.strip(),
        },
    }
    REPORT.write_text(json.dumps(report, indent=2) + "\n")
    print(f"\nwritten to {REPORT.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()

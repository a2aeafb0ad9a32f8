"""What a candidate's container starts: the agent, with the patterns of all that it imports compiled ahead."""

from __future__ import annotations

from sandbox.candidate.patterns import compiled_ahead


def main() -> None:
    """Be the agent."""
    with compiled_ahead():
        from sandbox.candidate import agent  # noqa: PLC0415 - it has patterns of its own

        workspace = agent.prepare()
    agent.serve(workspace)


if __name__ == "__main__":
    main()

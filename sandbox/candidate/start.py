"""What a candidate's container starts: the agent, with the code and the patterns of all that it imports at hand.

Its file is what the interpreter is given, and not its name: to be found by name costs imports before there is a table.
"""

from __future__ import annotations

import gc

from sandbox.candidate.bytecode import AtHand


def main() -> None:
    """Be the agent."""
    gc.disable()  # what is imported stays: to look for garbage in it takes a tenth of the warm-up, and finds none
    with AtHand():
        from sandbox.candidate.patterns import compiled_ahead  # noqa: PLC0415 - imports much itself

        with compiled_ahead():
            from sandbox.candidate import agent  # noqa: PLC0415 - it has patterns of its own

            workspace = agent.prepare()
    agent.serve(workspace)


if __name__ == "__main__":
    main()

"""The same request, the same bytes: in a process that goes on living, and in a fresh fork for each utterance.

Myna speaks without forking: its voices leave out the effects whose state outlives an utterance. Forking
a warm process for each utterance would do as well; this is what it costs.
"""

from __future__ import annotations

from bench.common import PROGRAMS, Bar, Result, output_of, parse, python


def main() -> None:
    arguments = parse(__doc__)
    rounds = "2" if arguments.quick else "5"
    program = str(PROGRAMS / "repeat_espeak.py")
    result = Result("repeatable", arguments.quick)
    same, fork = (output_of(python(program, mode, rounds)) for mode in ("same", "fork"))
    result.figures["one process"] = same
    result.figures["a fork per utterance"] = fork
    result.figures["fork over one process, first buffer"] = fork["first buffer ms"] / same["first buffer ms"]
    result.figures["fork over one process, CPU per utterance"] = (
        fork["cpu ms per utterance"] / same["cpu ms per utterance"]
    )
    result.figures["both give the same bytes"] = same["digest"] == fork["digest"]
    result.bars.append(Bar("texts that differ without forking", same["texts that differ"], at_most=0))
    result.write(arguments.results)


if __name__ == "__main__":
    main()

"""Who is told what happens in a conversation or an audition, and may refuse that something begins."""

from __future__ import annotations


class Watch:
    """Lets everything pass and notes nothing; a server's own admits and counts."""

    def enter(self) -> None:
        """A context wants to begin; every `enter` that returns is followed by one `leave`.

        Raises:
            Overloaded: there are too many.
        """

    def leave(self) -> None:
        """A context has ended."""

    def text(self, characters: int) -> None:
        """So many characters come in to be spoken."""

    def first_audio(self, seconds: float) -> None:
        """The first audio of a context goes out, so long after its first text came in."""

    def audio(self, seconds: float) -> None:
        """So many seconds of audio go out."""

    def going(self) -> None:
        """The work goes on, though there may be nothing to give yet."""

    def heard(self, seconds: float) -> None:
        """So many seconds of audio came in and were listened to."""

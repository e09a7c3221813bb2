"""A connection's contexts brought together with a provider's speech, without a socket."""

from myna.conversation.conversation import Conversation
from myna.conversation.once import speak_once
from myna.conversation.watch import Watch

__all__ = ["Conversation", "Watch", "speak_once"]

"""A connection brought together with a provider's speech, listening or changing, without a socket."""

from myna.conversation.conversation import Conversation
from myna.conversation.dubbing import Dubbing
from myna.conversation.listening import Audition
from myna.conversation.once import speak_once
from myna.conversation.watch import Watch

__all__ = ["Audition", "Conversation", "Dubbing", "Watch", "speak_once"]

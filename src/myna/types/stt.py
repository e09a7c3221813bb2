"""The values of connections that listen, under the names that Cartesia's clients have for them."""

from __future__ import annotations

from typing import Any, TypeAlias

from myna.client.heard import STTConnected as STTAutoFinalizeConnected
from myna.client.heard import STTDone as STTManualFinalizeDoneResponse
from myna.client.heard import STTEvent as STTAutoFinalizeWebsocketResponse
from myna.client.heard import STTEvent as STTManualFinalizeWebsocketResponse
from myna.client.heard import STTFlushDone as STTManualFinalizeFlushDoneResponse
from myna.client.heard import STTTranscript as STTManualFinalizeTranscriptResponse
from myna.client.heard import STTTurnEagerEnd as STTAutoFinalizeTurnEagerEnd
from myna.client.heard import STTTurnEnd as STTAutoFinalizeTurnEnd
from myna.client.heard import STTTurnResume as STTAutoFinalizeTurnResume
from myna.client.heard import STTTurnStart as STTAutoFinalizeTurnStart
from myna.client.heard import STTTurnUpdate as STTAutoFinalizeTurnUpdate
from myna.client.params import AutoFinalizeWebsocketParams, ManualFinalizeWebsocketParams

STTAutoFinalizeModel: TypeAlias = str
STTManualFinalizeModel: TypeAlias = str
STTManualFinalizeWebsocketRequest: TypeAlias = str
STTAutoFinalizeWebsocketRequest: TypeAlias = dict[str, Any]
STTAutoFinalizeWebsocketRequestParam: TypeAlias = dict[str, Any]

__all__ = [
    "AutoFinalizeWebsocketParams",
    "ManualFinalizeWebsocketParams",
    "STTAutoFinalizeConnected",
    "STTAutoFinalizeModel",
    "STTAutoFinalizeTurnEagerEnd",
    "STTAutoFinalizeTurnEnd",
    "STTAutoFinalizeTurnResume",
    "STTAutoFinalizeTurnStart",
    "STTAutoFinalizeTurnUpdate",
    "STTAutoFinalizeWebsocketRequest",
    "STTAutoFinalizeWebsocketRequestParam",
    "STTAutoFinalizeWebsocketResponse",
    "STTManualFinalizeDoneResponse",
    "STTManualFinalizeFlushDoneResponse",
    "STTManualFinalizeModel",
    "STTManualFinalizeTranscriptResponse",
    "STTManualFinalizeWebsocketRequest",
    "STTManualFinalizeWebsocketResponse",
]

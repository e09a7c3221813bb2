"""Whisper: some hundred languages, with models that users bring, through faster-whisper and CTranslate2."""

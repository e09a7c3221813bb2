"""Emotions as prosody: how a feeling changes melody, tempo and loudness of a voice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmotionProsody:
    """Factors on a voice's own way of speaking; 1.0 leaves it. `gain` is linear."""

    pitch: float = 1.0
    pitch_range: float = 1.0
    speed: float = 1.0
    gain: float = 1.0

    def scaled(self, level: float) -> EmotionProsody:
        """The same feeling, `level` times as strong: 0.0 is neutral, 2.0 goes twice as far."""
        return EmotionProsody(self.pitch**level, self.pitch_range**level, self.speed**level, self.gain**level)


NEUTRAL = EmotionProsody()
STRONGEST = 2.0


def prosody(name: str | None, level: float = 1.0) -> EmotionProsody:
    """The prosody of an emotion, of `level` (0.0 to `STRONGEST`, clamped) times its usual strength.

    Names are the wire's, in any letter case; None and unknown names are neutral.
    """
    feeling = EMOTIONS.get(name.strip().lower(), NEUTRAL) if name else NEUTRAL
    return feeling if level == 1.0 else feeling.scaled(min(max(level, 0.0), STRONGEST))


_E = EmotionProsody

EMOTIONS: dict[str, EmotionProsody] = {
    # name                pitch  range speed gain
    "neutral": NEUTRAL,
    # Joy: higher, livelier, quicker, louder.
    "happy": _E(1.10, 1.30, 1.06, 1.08),
    "excited": _E(1.20, 1.50, 1.16, 1.35),
    "enthusiastic": _E(1.16, 1.45, 1.12, 1.30),
    "elated": _E(1.20, 1.45, 1.10, 1.15),
    "euphoric": _E(1.25, 1.60, 1.12, 1.32),
    "triumphant": _E(1.14, 1.45, 1.00, 1.35),
    "joking/comedic": _E(1.12, 1.55, 1.08, 1.05),
    # Surprise: a leap upwards.
    "amazed": _E(1.18, 1.55, 0.98, 1.10),
    "surprised": _E(1.25, 1.60, 1.06, 1.15),
    "curious": _E(1.10, 1.35, 1.00, 1.00),
    # Calm and affection: low movement, slow, soft.
    "content": _E(0.96, 0.80, 0.92, 0.85),
    "peaceful": _E(0.93, 0.70, 0.86, 0.78),
    "serene": _E(0.94, 0.72, 0.85, 0.78),
    "calm": _E(0.95, 0.75, 0.90, 0.82),
    "grateful": _E(1.03, 1.10, 0.94, 0.92),
    "affectionate": _E(1.05, 1.15, 0.92, 0.85),
    "trust": _E(0.98, 0.95, 0.95, 0.95),
    "sympathetic": _E(0.97, 0.90, 0.90, 0.85),
    "flirtatious": _E(0.96, 1.35, 0.90, 0.85),
    "nostalgic": _E(0.95, 0.85, 0.87, 0.82),
    "wistful": _E(0.97, 0.80, 0.86, 0.78),
    # Waiting and thinking.
    "anticipation": _E(1.08, 1.20, 1.06, 1.02),
    "mysterious": _E(0.88, 0.80, 0.86, 0.75),
    "contemplative": _E(0.95, 0.82, 0.85, 0.85),
    "hesitant": _E(1.02, 0.80, 0.84, 0.80),
    "confused": _E(1.06, 1.25, 0.90, 0.92),
    "skeptical": _E(0.95, 1.25, 0.93, 0.95),
    # Anger: loud, pressed, quick.
    "angry": _E(1.10, 1.40, 1.10, 1.45),
    "mad": _E(1.10, 1.35, 1.10, 1.42),
    "outraged": _E(1.18, 1.55, 1.12, 1.50),
    "frustrated": _E(1.05, 1.25, 1.04, 1.25),
    "agitated": _E(1.12, 1.30, 1.16, 1.25),
    "threatened": _E(1.14, 1.15, 1.14, 1.10),
    "disgusted": _E(0.92, 1.20, 0.92, 1.12),
    "contempt": _E(0.90, 1.10, 0.90, 1.05),
    "envious": _E(0.96, 1.10, 0.96, 1.02),
    "sarcastic": _E(0.95, 1.45, 0.90, 1.00),
    "ironic": _E(0.97, 1.35, 0.93, 1.00),
    # Sorrow: low, flat, slow, quiet.
    "sad": _E(0.88, 0.55, 0.80, 0.70),
    "dejected": _E(0.85, 0.50, 0.78, 0.66),
    "melancholic": _E(0.90, 0.60, 0.82, 0.72),
    "disappointed": _E(0.92, 0.70, 0.87, 0.80),
    "hurt": _E(0.94, 0.70, 0.85, 0.74),
    "guilty": _E(0.92, 0.65, 0.86, 0.72),
    "rejected": _E(0.90, 0.62, 0.84, 0.72),
    "apologetic": _E(0.96, 0.80, 0.90, 0.82),
    "resigned": _E(0.90, 0.60, 0.85, 0.76),
    "bored": _E(0.92, 0.45, 0.84, 0.80),
    "tired": _E(0.90, 0.60, 0.78, 0.72),
    # Fear: high, tight, hurried.
    "scared": _E(1.32, 0.75, 1.22, 0.90),
    "panicked": _E(1.40, 1.10, 1.32, 1.20),
    "alarmed": _E(1.28, 1.30, 1.22, 1.25),
    "anxious": _E(1.16, 0.85, 1.15, 0.92),
    "insecure": _E(1.08, 0.75, 0.92, 0.76),
    # Strength and distance.
    "proud": _E(1.02, 1.15, 0.94, 1.20),
    "confident": _E(0.97, 1.10, 1.00, 1.18),
    "determined": _E(0.97, 1.05, 1.03, 1.22),
    "distant": _E(0.97, 0.60, 0.92, 0.78),
}
"""Every emotion by name."""

EMOTIONS.update(
    anger=EMOTIONS["angry"],
    positivity=EMOTIONS["happy"],
    surprise=EMOTIONS["surprised"],
    sadness=EMOTIONS["sad"],
    curiosity=EMOTIONS["curious"],
)

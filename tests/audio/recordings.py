"""Recordings in every form that people have them, made on the spot."""

from __future__ import annotations

import io
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Form:
    """A way of keeping sound: container, codec, and what the codec can do."""

    container: str
    codec: str
    rate: int = 16_000
    layout: str = "mono"
    lossy: bool = False

    def __str__(self) -> str:
        return f"{self.container} {self.codec} {self.rate} {self.layout}"


FORMS = (
    *(Form("wav", f"pcm_{kind}") for kind in ("s16le", "s24le", "s32le", "f32le", "f64le")),
    *(Form("wav", f"pcm_{kind}", 8_000, lossy=True) for kind in ("u8", "alaw", "mulaw")),
    *(Form("wav", "pcm_s16le", rate) for rate in (8_000, 11_025, 22_050, 44_100, 48_000)),
    Form("wav", "adpcm_ima_wav", 22_050, lossy=True),
    Form("wav", "adpcm_ms", 22_050, lossy=True),
    Form("aiff", "pcm_s16be", 44_100),
    Form("caf", "pcm_s16le", 48_000),
    Form("mp3", "mp3", 44_100, "stereo", lossy=True),
    Form("mp3", "mp3", 16_000, lossy=True),
    Form("ipod", "aac", 44_100, "stereo", lossy=True),
    Form("mp4", "aac", 16_000, lossy=True),
    Form("adts", "aac", 48_000, lossy=True),
    Form("ipod", "alac", 44_100, "stereo"),
    Form("ogg", "libopus", 48_000, lossy=True),
    Form("ogg", "libopus", 16_000, "stereo", lossy=True),
    Form("ogg", "vorbis", 44_100, "stereo", lossy=True),
    Form("flac", "flac", 16_000),
    Form("flac", "flac", 48_000, "stereo"),
    Form("flac", "flac", 48_000, "5.1"),
    Form("ogg", "flac", 16_000),
    Form("webm", "libopus", 48_000, "stereo", lossy=True),
    Form("webm", "vorbis", 48_000, "stereo", lossy=True),
)


def tone(seconds: float, rate: int, hz: float = 440.0, level: float = 0.5) -> Samples:
    """A pure tone."""
    return (level * np.sin(2 * np.pi * hz / rate * np.arange(round(seconds * rate)))).astype(np.float32)


def recorded(channels: Samples, form: Form) -> bytes:
    """The file that holds `channels`, float32 of shape (channels, n) or (n,) for the same on all."""
    layout = av.AudioLayout(form.layout)
    if channels.ndim == 1:
        channels = np.tile(channels, (len(layout.channels), 1))
    file = io.BytesIO()
    with av.open(file, "w", format=form.container) as container:
        experimental = {"strict": "experimental"}
        stream = container.add_stream(form.codec, form.rate, experimental, layout=form.layout)
        assert isinstance(stream, av.AudioStream)
        resampler = av.AudioResampler(
            format=stream.codec_context.format or "s16", layout=layout, rate=form.rate
        )
        frames = []
        for start in range(0, channels.shape[1], 4096):
            part = np.ascontiguousarray(channels[:, start : start + 4096])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=form.layout)
            frame.sample_rate, frame.pts = form.rate, start
            frames += resampler.resample(frame)
        fifo = av.AudioFifo()
        for frame in frames:
            fifo.write(frame)
        size = stream.codec_context.frame_size or 4096
        while (frame := fifo.read(size)) or (frame := fifo.read(0, partial=True)):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def wav(samples: Samples, rate: int = 16_000) -> bytes:
    """A plain WAV file of 16 bits."""
    return recorded(samples, Form("wav", "pcm_s16le", rate))


def film(*, sound: bool) -> bytes:
    """Two seconds of a video, with or without a tone."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        picture = container.add_stream("mpeg4", rate=10)
        assert isinstance(picture, av.VideoStream)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream("aac", rate=16_000, layout="mono") if sound else None
        for number in range(20):
            image = np.full((48, 64, 3), 10 * number, dtype=np.uint8)
            container.mux(picture.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(picture.encode(None))
        if isinstance(audio, av.AudioStream):
            samples = tone(2.0, 16_000)
            for start in range(0, len(samples), 1024):
                part = samples[None, start : start + 1024]
                frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), format="fltp", layout="mono")
                frame.sample_rate, frame.pts = 16_000, start
                container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
    return file.getvalue()

"""Rendering voices and comparing how they sound."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myna.engines.pool import WorkerPool
from myna.engines.protocols import Pcm, Utterance
from myna.providers.local import LocalProvider
from myna.speech.events import AudioChunk, Failed
from myna.speech.languages import primary
from myna.speech.requests import Delivery, SpeechRequest
from myna.speech.voices import Voice
from tests.sound import Samples, Sound, levels

BANDS = 24

SENTENCES = {
    "en": "The quick brown fox jumps over the lazy dog near the river bank, and then it sleeps all day long.",
    "de": "Am frühen Morgen gehen wir am Fluss entlang, und die Sonne scheint über die alten Dächer.",
    "fr": "Le matin, nous marchons le long de la rivière, et le soleil brille sur les vieux toits.",
    "es": "Por la mañana caminamos a lo largo del río, y el sol brilla sobre los tejados viejos.",
    "it": "La mattina camminiamo lungo il fiume, e il sole splende sopra i vecchi tetti.",
    "pt": "De manhã caminhamos ao longo do rio, e o sol brilha sobre os telhados antigos.",
    "nl": "In de ochtend lopen we langs de rivier, en de zon schijnt over de oude daken.",
    "pl": "Rano idziemy wzdłuż rzeki, a słońce świeci nad starymi dachami.",
    "ru": "Утром мы идём вдоль реки, и солнце светит над старыми крышами.",
    "sv": "På morgonen går vi längs floden, och solen skiner över de gamla taken.",
    "tr": "Sabah nehir boyunca yürüyoruz ve güneş eski çatıların üzerinde parlıyor.",
    "ja": "あさ、かわのそばをあるくと、ふるいやねのうえにひがてっています。",
    "zh": "早上我们沿着河边走，太阳照在老房子的屋顶上。",
    "hi": "सुबह हम नदी के किनारे चलते हैं, और सूरज पुरानी छतों पर चमकता है।",
    "ko": "아침에 우리는 강을 따라 걷고, 해는 오래된 지붕 위에서 빛납니다.",
    "ar": "في الصباح نمشي على طول النهر، والشمس تشرق فوق البيوت القديمة.",
    "uk": "Вранці ми йдемо вздовж річки, і сонце світить над старими дахами.",
    "cs": "Ráno jdeme podél řeky a slunce svítí nad starými střechami.",
    "bg": "Сутрин вървим покрай реката и слънцето грее над старите покриви.",
    "ro": "Dimineața mergem de-a lungul râului, iar soarele strălucește peste acoperișurile vechi.",
    "el": "Το πρωί περπατάμε δίπλα στο ποτάμι, και ο ήλιος λάμπει πάνω από τις παλιές στέγες.",
    "fi": "Aamulla kävelemme jokea pitkin, ja aurinko paistaa vanhojen kattojen yllä.",
    "hr": "Ujutro hodamo uz rijeku, a sunce sja nad starim krovovima.",
    "ms": "Pada waktu pagi kami berjalan di tepi sungai, dan matahari bersinar di atas bumbung lama.",
    "sk": "Ráno kráčame popri rieke a slnko svieti nad starými strechami.",
    "da": "Om morgenen går vi langs floden, og solen skinner over de gamle tage.",
    "ta": "காலையில் நாங்கள் ஆற்றின் ஓரமாக நடக்கிறோம், சூரியன் பழைய கூரைகளின் மேல் ஒளிர்கிறது.",
    "hu": "Reggel a folyó mentén sétálunk, és a nap a régi tetők fölött süt.",
    "nb": "Om morgenen går vi langs elven, og solen skinner over de gamle takene.",
    "vi": "Buổi sáng chúng tôi đi dọc bờ sông, và mặt trời chiếu trên những mái nhà cũ.",
    "bn": "সকালে আমরা নদীর ধারে হাঁটি, আর সূর্য পুরোনো ছাদের উপর আলো দেয়।",
    "th": "ตอนเช้าเราเดินไปตามแม่น้ำ และดวงอาทิตย์ส่องแสงเหนือหลังคาเก่า",
    "he": "בבוקר אנחנו הולכים לאורך הנהר, והשמש זורחת מעל הגגות הישנים.",
    "ka": "დილით ჩვენ მდინარის გასწვრივ მივდივართ და მზე ძველ სახურავებზე ანათებს.",
    "tl": "Sa umaga naglalakad kami sa tabi ng ilog, at sumisikat ang araw sa mga lumang bubong.",
    "id": "Pada pagi hari kami berjalan di tepi sungai, dan matahari bersinar di atas atap tua.",
    "te": "ఉదయం మేము నది ఒడ్డున నడుస్తాము, సూర్యుడు పాత పైకప్పుల మీద ప్రకాశిస్తాడు.",
    "gu": "સવારે અમે નદી કિનારે ચાલીએ છીએ, અને સૂરજ જૂની છત પર ચમકે છે.",
    "kn": "ಬೆಳಿಗ್ಗೆ ನಾವು ನದಿಯ ದಡದಲ್ಲಿ ನಡೆಯುತ್ತೇವೆ, ಸೂರ್ಯನು ಹಳೆಯ ಛಾವಣಿಗಳ ಮೇಲೆ ಹೊಳೆಯುತ್ತಾನೆ.",
    "ml": "രാവിലെ ഞങ്ങൾ നദിക്കരയിലൂടെ നടക്കുന്നു, സൂര്യൻ പഴയ മേൽക്കൂരകൾക്ക് മുകളിൽ പ്രകാശിക്കുന്നു.",
    "mr": "सकाळी आम्ही नदीच्या काठाने चालतो, आणि सूर्य जुन्या छतांवर चमकतो.",
    "pa": "ਸਵੇਰੇ ਅਸੀਂ ਨਦੀ ਦੇ ਕੰਢੇ ਤੁਰਦੇ ਹਾਂ, ਅਤੇ ਸੂਰਜ ਪੁਰਾਣੀਆਂ ਛੱਤਾਂ ਉੱਤੇ ਚਮਕਦਾ ਹੈ।",
    "or": "ସକାଳେ ଆମେ ନଦୀ କୂଳରେ ଚାଲୁ, ଏବଂ ସୂର୍ଯ୍ୟ ପୁରୁଣା ଛାତ ଉପରେ ଚମକେ।",
    "ur": "صبح ہم دریا کے کنارے چلتے ہیں، اور سورج پرانی چھتوں پر چمکتا ہے۔",
}
"""A sentence of each language of the catalogue."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A voice saying the sentence of its language.

    Attributes:
        pitch_hz: median fundamental frequency.
        loudness_db: RMS of the frames that hold speech, in dB of full scale.
        envelope: level in mel bands from 100 Hz to 7 kHz, in dB around the mean; shape (24,).
    """

    voice: Voice
    engine: str
    sound: Sound
    pitch_hz: float
    loudness_db: float
    envelope: NDArray[np.float64]

    @property
    def off_pitch(self) -> float:
        """Semitones above the pitch that the catalogue promises."""
        return semitones(self.pitch_hz, self.voice.timbre.pitch_hz)


def semitones(one_hz: float, other_hz: float) -> float:
    """How much higher the one is."""
    return float(12 * np.log2(one_hz / other_hz))


def timbre_distance(one: Heard, other: Heard) -> float:
    """Root mean square over the bands of the difference of two envelopes, in dB."""
    return float(np.sqrt(np.mean((one.envelope - other.envelope) ** 2)))


def quick_pitch(sound: Sound) -> float:
    """Median fundamental frequency in Hz, within 1 % of `tests.sound.pitch` in a tenth of its time."""
    import pyworld

    samples = np.ascontiguousarray(sound.samples, dtype=np.float64)
    f0, _ = pyworld.dio(samples, sound.rate, f0_floor=50.0, f0_ceil=500.0, speed=4, frame_period=10.0)
    return float(np.median(f0[f0 > 0]))


def loudness(sound: Sound) -> float:
    """RMS of the frames within 40 dB of the loudest, in dB of full scale."""
    frames = levels(sound, 20)
    spoken = frames[frames > frames.max() - 40]
    return float(10 * np.log10(np.mean(10 ** (spoken / 10))))


def envelope(sound: Sound) -> NDArray[np.float64]:
    """Long-term spectrum in mel bands, in dB around its mean."""
    size = round(0.032 * sound.rate)
    frames = np.lib.stride_tricks.sliding_window_view(sound.samples, size)[:: size // 2]
    spectrum = np.mean(np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2, axis=0)
    edges = np.linspace(_mel(np.array(100.0)), _mel(np.array(7000.0)), BANDS + 2)
    places = _mel(np.fft.rfftfreq(size, 1 / sound.rate))
    rising = (places - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - places) / (edges[2:] - edges[1:-1])[:, None]
    bands = 10 * np.log10(np.clip(np.minimum(rising, falling), 0, None) @ spectrum + 1e-12)
    return np.asarray(bands - bands.mean())


def _mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log1p(hz / 700)


async def hear(pool: WorkerPool, voices: Iterable[Voice], engine: str) -> list[Heard]:
    """Let each voice say the sentence of its language."""
    heard = []
    for voice in voices:
        text = SENTENCES[primary(voice.language)]
        sound = await render(pool, engine, Utterance(text, voice.language, voice.timbre))
        heard.append(Heard(voice, engine, sound, quick_pitch(sound), loudness(sound), envelope(sound)))
    return heard


async def render(pool: WorkerPool, engine: str, utterance: Utterance) -> Sound:
    """All audio of an utterance."""
    parts, rate = [], 0
    async for event in pool.synthesize(engine, utterance):
        if isinstance(event, Pcm):
            parts.append(event.data)
            rate = event.sample_rate
    return Sound(np.frombuffer(b"".join(parts), "<i2").astype(np.float32) / 32768, rate)


async def speak(provider: LocalProvider, model: str, voice: Voice, text: str, delivery: Delivery) -> Sound:
    """What the provider says, with its gain."""
    speech = provider.speak(SpeechRequest(voice=voice, model=model, delivery=delivery))
    speech.push(text)
    speech.finish()
    parts: list[Samples] = []
    rate = 0
    async for event in speech.events():
        assert not isinstance(event, Failed), event
        if isinstance(event, AudioChunk):
            parts.append(event.samples * np.float32(event.gain))
            rate = event.sample_rate
    return Sound(np.concatenate(parts), rate)

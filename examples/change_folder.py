"""Give every recording of a folder another voice, several at a time, in bounded memory."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from myna import Myna, MynaError

AT_ONCE = 2
FOLDER = Path("talks")
MINUTES = 10
"""A long recording is looked at as a whole before anything comes."""


def change(path: Path) -> str:
    target = path.with_name(f"{path.stem}-wren.mp3")
    request = client.voice_changer.with_streaming_response.generate(
        clip=path,
        voice_id="Wren",
        output_format_container="mp3",
        output_format_sample_rate=44100,
        output_format_bit_rate=128000,
        timeout=60 * MINUTES,
    )
    try:
        with request as response:
            response.stream_to_file(target)
    except MynaError as error:
        return f"{path.name}: {error}"
    return f"{path.name}: {target.name} is written"


with Myna() as client:
    # Recordings of yours; here a built-in voice stands in for them.
    FOLDER.mkdir(exist_ok=True)
    for number, text in enumerate(("The kettle is on.", "Nobody is here, and the door is open.")):
        client.say(text, voice="Otis").write_to_file(FOLDER / f"talk{number}.wav")
    (FOLDER / "broken.wav").write_bytes(b"not a recording")

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for line in threads.map(change, sorted(FOLDER.glob("*.wav"))):
            print(line)

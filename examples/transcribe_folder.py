"""Write down every recording of a folder, several at a time, each into a text file beside it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from myna import Myna, MynaError

AT_ONCE = 4
FOLDER = Path("recordings")


def write_down(path: Path) -> str:
    try:
        heard = client.stt.transcribe(file=path)
    except MynaError as error:
        return f"{path.name}: {error}"
    path.with_suffix(".txt").write_text(f"{heard.text}\n")
    return f"{path.name}: {heard.duration:.1f} s, {heard.text}"


with Myna() as client:
    # Recordings of yours; here built-in voices stand in for them.
    FOLDER.mkdir(exist_ok=True)
    for voice in ("Otis", "Wren"):
        text = f"This is {voice}. I have read your letter twice."
        client.say(text, voice=voice).write_to_file(FOLDER / f"{voice.lower()}.wav")
    (FOLDER / "broken.wav").write_bytes(b"not a recording")

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for line in threads.map(write_down, sorted(FOLDER.glob("*.wav"))):
            print(line)

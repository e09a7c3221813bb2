"""Clone a voice from a recording, speak with it, mix it with another, and hear both in files."""

from pathlib import Path

from myna import Myna

READING = (
    "The boats went out along the river one after the other, while the old man on the bridge told a long "
    "story about the sea to anybody who would listen."
)

# A folder of its own for this example's voices; leave `data` out to keep yours with all the others.
with Myna(data="example-voices") as client:
    # Somebody's recording; here a built-in voice stands in for them.
    client.say(READING, voice="Otis").write_to_file("recording.wav")

    clone = client.voices.clone(clip=Path("recording.wav"), name="The old man", language="en", consent=True)
    client.say("Have I told you about the sea?", voice=clone.id).write_to_file("clone.wav")

    wren = client.voices.get("Wren")
    between = client.voices.mix([{"id": clone.id, "weight": 0.5}, {"id": wren.id, "weight": 0.5}])
    mixed = client.voices.create("Between", "Half of each", between.embedding)
    client.say("Half of me has heard it before.", voice=mixed.id).write_to_file("mixed.wav")

    for voice in client.voices.list(is_owner=True):
        print(voice.name, voice.id)
        client.voices.delete(voice.id)
    print("clone.wav and mixed.wav are written")

"""Files without a voice go at the next start; no other file does."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from myna.library import Library
from tests.library.making import voice
from tests.library.place import Place


def orphan(library: Library, id: str) -> None:
    library.voices._clips.put(id, b"nobody's")


def test_orphans_and_half_made_files_go_at_the_start_of_a_server(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        library.voices.add(voice(1), clip=b"clip")
        orphan(library, "a" * 32)
    (folder,) = (path for path in (tmp_path / "clips").iterdir() if path.is_dir())
    (folder / ("b" * 32 + ".part")).write_bytes(b"half")
    assert len(list(folder.iterdir())) == 3
    with Library.open(tmp_path):  # no server: nothing is swept
        assert len(list(folder.iterdir())) == 3
    with Library.open(tmp_path, serving=True) as library:
        assert len(list(folder.iterdir())) == 1
        assert library.voices.clip(voice(1).id) == b"clip"


def test_more_clips_than_are_looked_at_at_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda file: None)  # a thousand files, and no power cut
    with place.open() as library:
        for number in range(20):
            library.voices.add(voice(number), clip=b"%d" % number)
        for number in range(1010):
            orphan(library, f"{number:032x}")
        assert library.voices.sweep(0) == 1010
        kept = [library.voices.clip(voice(number).id) for number in range(20)]
    assert kept == [b"%d" % number for number in range(20)]


def test_young_orphans_stay_where_others_may_be_writing(
    tmp_path: Path, postgresql: Callable[[], str], s3: Callable[[], str]
) -> None:
    for number, place in enumerate(
        (
            Place(tmp_path / "1", postgresql(), s3()),
            Place(tmp_path / "2", None, s3()),
            Place(tmp_path / "3", postgresql(), None),
        )
    ):
        with place.open() as library:
            orphan(library, f"{number:032x}")
        with place.open(serving=True) as library:
            assert library.voices.sweep(3600) == 0
            assert library.voices.sweep(0) == 1


def test_old_orphans_in_a_folder_of_a_shared_database_go(
    tmp_path: Path, postgresql: Callable[[], str]
) -> None:
    place = Place(tmp_path, postgresql())
    with place.open() as library:
        orphan(library, "a" * 32)
        (file,) = (path for path in (tmp_path / "clips").rglob("*") if path.name == "a" * 32)
        old = time.time() - 3700
        os.utime(file, (old, old))
    place.open(serving=True).close()
    assert not file.exists()


def test_a_sweep_leaves_other_libraries_alone(tmp_path: Path, s3: Callable[[], str]) -> None:
    clips = s3()
    with (
        Library.open(tmp_path / "1", clips=clips) as one,
        Library.open(tmp_path / "2", clips=clips) as other,
    ):
        one.voices.add(voice(1), clip=b"one")
        assert other.voices.sweep(0) == 0
        assert one.voices.clip(voice(1).id) == b"one"
    # the same data folder, but now with another database
    with Library.open(tmp_path / "1") as here:
        here.voices.add(voice(2), clip=b"two")
    (tmp_path / "1" / "myna.db").rename(tmp_path / "elsewhere.db")
    with Library.open(tmp_path / "1", serving=True):
        pass
    (tmp_path / "elsewhere.db").rename(tmp_path / "1" / "myna.db")
    with Library.open(tmp_path / "1", serving=True) as here:
        assert here.voices.clip(voice(2).id) == b"two"


@pytest.mark.skipif(os.name == "nt", reason="pipes have no names there")
def test_a_sweep_waits_for_who_is_adding(tmp_path: Path) -> None:
    """The command line may be in the middle of a clip when a server starts."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with Library.open(tmp_path / "data") as library:
        adding = threading.Thread(target=lambda: library.voices.add(voice(1), clip=pipe))
        adding.start()
        with pipe.open("wb") as file:  # opened once the other end is: the clip is being copied
            file.write(b"first half, ")
            file.flush()
            swept: list[int] = []
            sweeping = threading.Thread(target=lambda: swept.append(library.voices.sweep(0)))
            sweeping.start()
            file.write(b"second half")
        adding.join()
        sweeping.join()
        assert swept == [0]
        assert library.voices.clip(voice(1).id) == b"first half, second half"

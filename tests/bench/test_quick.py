"""Every measurement runs in its short form and writes what the table is made of."""

import json
import subprocess

import pytest
from bench.common import Bar, Result, environment, python, quantile
from bench.report import load, table

BARS = {
    "first_audio": 2,
    "throughput": 1,
    "llm_text": 0,
    "streams": 2,
    "import_time": 0,
    "client_cpu": 2,
    "memory": 4,
    "durability": 2,
}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", BARS)
def test_a_measurement_runs_and_reports(name, tmp_path):
    command = python("-m", f"bench.{name}", "--quick", "--results", str(tmp_path))
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stderr
    (result,) = load(tmp_path)
    assert result["name"] == name
    assert result["quick"]
    assert result["figures"]
    assert len(result["bars"]) >= BARS[name]
    assert all(bar["name"] in table([result]) for bar in result["bars"])


def test_the_table_says_what_was_missed(tmp_path):
    bars = [Bar("quick enough", 2.0, at_most=3), Bar("large enough", 0.4, at_least=0.5)]
    Result("one", False, {"figure": 1.0}, bars).write(tmp_path)
    text = table(load(tmp_path))
    assert "| quick enough | 2 | ≤ 3 | met |" in text
    assert "| large enough | 0.4 | ≥ 0.5 | missed |" in text
    assert json.loads((tmp_path / "one.json").read_text())["machine"]["cores"] >= 1


@pytest.mark.parametrize(("q", "expected"), [(0, 1), (0.5, 2.5), (1, 4), (0.25, 1.75)])
def test_quantiles_lie_between_their_neighbours(q, expected):
    assert quantile([4, 1, 3, 2], q) == expected

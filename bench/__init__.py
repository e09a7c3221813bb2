"""Measurements, each a script: `python -m bench.NAME [--quick]`; all of them: `python -m bench`.

Every script compares in one run, prints ratios and writes `bench/results/NAME.json`. Ratios carry over to
other machines, milliseconds do not.
"""

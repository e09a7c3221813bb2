"""Samples: encodings, containers, resampling, levels and joins, all as streams."""

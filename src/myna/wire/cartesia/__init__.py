"""Cartesia's dialect, versions 2024-06-10 to 2026-08-14."""

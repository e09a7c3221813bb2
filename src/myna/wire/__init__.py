"""How it is said on the wire: one package per dialect, pure, with time as an argument."""

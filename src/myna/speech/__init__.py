"""What is said: values only, no input or output, importable without numpy."""

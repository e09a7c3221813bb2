"""eSpeak NG: more than a hundred languages, very fast. Its library is loaded in worker processes only."""

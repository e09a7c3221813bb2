"""What OpenAI's clients say of audio, and what they understand."""

"""Dead letters: where messages end that nobody could handle, what they are about, and how each goes back."""

"""Dead letters: where messages end that could not be handled, what they are about, and how each goes back."""

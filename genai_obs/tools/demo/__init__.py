"""`genai-obs demo`: a day of a real handler on loopback, and what it cost."""

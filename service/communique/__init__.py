"""Communiqué: who claimed it, who was blamed, who denied it, and the words each rests on."""

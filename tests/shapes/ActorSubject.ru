INSERT DATA { <https://example.org/thing> cmq:organOf actor:iraq }

INSERT DATA { <https://example.org/thing> cmq:eventType event-type:bombing }

"""What every process of the service is forked from: all is imported, and what is there already is nobody's garbage.

Collecting it would touch each object, and so copy each page, in every process.
"""

from __future__ import annotations

import gc

from communique.process import indexing, reading, writing

__all__ = ["indexing", "reading", "writing"]

gc.collect()
gc.freeze()

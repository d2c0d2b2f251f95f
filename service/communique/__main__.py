"""`python -m communique`."""

import sys

from communique.cli import main

# A worker process imports this module under another name.
if __name__ == "__main__":
    sys.exit(main())

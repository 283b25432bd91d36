"""`python -m micron_bert`, for where the console script is not on the path."""

import sys

from micron_bert.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

"""`python -m micron_bert.cli`, for where the console script is not on the path."""

import sys

from micron_bert.cli.main import main

sys.exit(main())

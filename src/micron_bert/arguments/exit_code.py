"""Exit codes of modules that run by `python -m`."""

import os
import sys
from collections.abc import Callable


def exit_code(main: Callable[[], int]) -> int:
    """Runs `main` for `python -m`: what the user can mend becomes one sentence and exit code 2."""
    try:
        return main()
    except (ValueError, OSError, ImportError) as error:
        if os.environ.get("RANK", "0") == "0":
            print(f"error: {error}", file=sys.stderr)
        return 2

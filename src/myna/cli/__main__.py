"""`python -m myna.cli`."""

import sys

from myna.cli import main

sys.exit(main())

"""`python -m myna`."""

import sys

from myna.cli import main

sys.exit(main())

"""`python -m planner` is `bursar`."""

import sys

from planner.cli import main

sys.exit(main())

"""`python -m seawall` is the command `seawall`."""

import sys

from seawall.cli.main import main

sys.exit(main())

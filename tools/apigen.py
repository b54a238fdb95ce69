#!/usr/bin/env python3
"""Compiles the API language (api/README.md) to C: see tools/README.md."""

import sys

from apigen.main import main

if __name__ == '__main__':
    sys.exit(main())

#!/bin/sh
# policy.sh BUILD-FOLDER: the policy rows of make bench.
exec /usr/bin/python3 -B "$(dirname "$0")/policy.py" "$1"

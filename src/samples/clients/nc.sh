#!/usr/bin/env bash
# A peer by nc: a line that you type is sent, what is pushed to you is printed.
# Run it: ./nc.sh [HOST [PORT]]
exec nc "${1:-127.0.0.1}" "${2:-8000}"

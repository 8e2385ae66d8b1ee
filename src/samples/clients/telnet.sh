#!/usr/bin/env bash
# A peer by telnet: a line that you type is sent, what is pushed to you is printed.
# Run it: ./telnet.sh [HOST [PORT]]; Ctrl-] and "quit" leave.
exec telnet "${1:-127.0.0.1}" "${2:-8000}"

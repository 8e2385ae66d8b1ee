#!/usr/bin/env bash
# Puts a serial device on the network: every byte of its goes to Switchboard, and every byte sent comes back to it.
# Run it: ./serial-bridge.sh [HOST [PORT [DEVICE [BAUD]]]]; it calls until somebody answers, and ends with the
# connection: have systemd (Restart=always) or a loop around it start it again.
exec socat "OPEN:${3:-/dev/ttyUSB0},rawer,b${4:-9600}" "TCP:${1:-127.0.0.1}:${2:-8000},nodelay,keepalive,forever,interval=1"

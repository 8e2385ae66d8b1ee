"""A peer over a path: says hello, prints each line that it is sent and answers it, until it is hung up on.

Run it: python3 unix.py [PATH], with the service's --switchboard.listeners.local.transport=unix
--switchboard.listeners.local.path=/run/switchboard/peers.sock
"""
import socket
import sys

path = sys.argv[1] if len(sys.argv) > 1 else '/run/switchboard/peers.sock'

with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(path)
    connection.sendall(b'hello from Python over a path\n')
    for line in connection.makefile('rb'):
        print(line.decode().rstrip('\n'), flush=True)
        connection.sendall(b'got ' + line)

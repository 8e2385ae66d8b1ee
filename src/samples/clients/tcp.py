"""A peer over TCP: says hello, prints each line that it is sent and answers it, until it is hung up on.

Run it: python3 tcp.py [HOST [PORT]]
"""
import socket
import sys

host = sys.argv[1] if len(sys.argv) > 1 else '127.0.0.1'
port = int(sys.argv[2]) if len(sys.argv) > 2 else 8000

with socket.create_connection((host, port)) as connection:
    connection.sendall(b'hello from Python\n')
    # recv brings what there is, half a line or three of them; a file puts lines together
    for line in connection.makefile('rb'):
        print(line.decode().rstrip('\n'), flush=True)
        connection.sendall(b'got ' + line)

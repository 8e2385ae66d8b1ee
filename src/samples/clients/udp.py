"""A peer over UDP: says hello, prints each datagram that it is sent and answers it. Each datagram is one message.

Run it: python3 udp.py [HOST [PORT]], with the service's --switchboard.listeners.udp.transport=udp
--switchboard.listeners.udp.port=8000; after a minute of silence the service forgets it.
"""
import socket
import sys

host = sys.argv[1] if len(sys.argv) > 1 else '127.0.0.1'
port = int(sys.argv[2]) if len(sys.argv) > 2 else 8000

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sk:
    sk.sendto(b'hello from Python over UDP', (host, port))
    while True:
        message, sender = sk.recvfrom(65535)
        print(message.decode(), flush=True)
        sk.sendto(b'got ' + message, sender)

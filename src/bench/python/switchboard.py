"""The rival in Python with asyncio: a server for lines over TCP on one port, and on the other port HTTP with

    POST /send?to=all | to=ID   sends the body as a line to all peers or to one
    GET  /peers?limit=100       lists the connected peers
    GET  /stats                 returns the numbers of peers and of received lines: {peers, received}

It has no framework, no framing options and no limits, and reports only a count per send. It uses asyncio
protocols, which cost less than streams. Usage: python3 switchboard.py TCP_PORT HTTP_PORT
"""

import asyncio
import itertools
import json
import resource
import signal
import sys

try:
    import uvloop
except ImportError:
    uvloop = None

BACKLOG = 4096
MAX_LINE = 65536


class Peers:
    def __init__(self):
        self.ids = itertools.count(1)
        self.transports = {}
        self.received = 0

    def on_line(self, id, line):
        self.received += 1


class Peer(asyncio.Protocol):
    __slots__ = ("peers", "id", "transport", "partial")

    def __init__(self, peers):
        self.peers = peers
        self.partial = b""  # the start of an incomplete line

    def connection_made(self, transport):
        self.transport = transport  # asyncio sets TCP_NODELAY
        self.id = f"p-{next(self.peers.ids)}"
        self.peers.transports[self.id] = transport

    def data_received(self, data):
        *lines, self.partial = (self.partial + data if self.partial else data).split(b"\n")
        for line in lines:
            self.peers.on_line(self.id, line)
        if len(self.partial) > MAX_LINE:
            self.transport.abort()

    def connection_lost(self, error):
        self.peers.transports.pop(self.id, None)


class Http(asyncio.Protocol):
    """The part of HTTP/1.1 with keep-alive that the requests above need."""

    __slots__ = ("peers", "transport", "buffer")

    def __init__(self, peers):
        self.peers = peers
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        buffer = self.buffer + data if self.buffer else data
        while (end := buffer.find(b"\r\n\r\n")) >= 0:
            head = buffer[:end]
            body = end + 4
            length = content_length(head)
            if len(buffer) < body + length:
                break
            self.request(head, buffer[body : body + length])
            buffer = buffer[body + length :]
        self.buffer = buffer

    def request(self, head, body):
        method, target, _ = head[: head.find(b"\r\n")].decode("latin-1").split(" ")
        path, _, query = target.partition("?")
        if method == "POST" and path == "/send":
            self.send(parameter(query, "to"), body + b"\n")
        elif path == "/peers":
            self.respond(b"200 OK", self.list(int(parameter(query, "limit") or 100)))
        elif path == "/stats":
            stats = {"peers": len(self.peers.transports), "received": self.peers.received}
            self.respond(b"200 OK", json.dumps(stats).encode())
        else:
            self.respond(b"404 Not Found", b'{"title":"Not Found"}')

    def send(self, to, line):
        transports = self.peers.transports
        if to == "all":
            for transport in transports.values():
                transport.write(line)
            self.respond(b"200 OK", b'{"matched":%d}' % len(transports))
        elif (transport := transports.get(to)) is not None:
            transport.write(line)
            self.respond(b"200 OK", b'{"matched":1}')
        else:
            self.respond(b"404 Not Found", b'{"title":"Not Found"}')

    def list(self, limit):
        transports = self.peers.transports
        page = []
        for id, transport in itertools.islice(transports.items(), limit):
            host, port = transport.get_extra_info("peername")
            page.append({"id": id, "peername": {"host": host, "port": port}})
        return json.dumps({"total": len(transports), "peers": page}).encode()

    def respond(self, status, body):
        self.transport.write(
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (status, len(body), body)
        )


def content_length(head):
    at = head.lower().find(b"\r\ncontent-length:")
    if at < 0:
        return 0
    at += 17
    end = head.find(b"\r\n", at)
    return int(head[at:] if end < 0 else head[at:end])


def parameter(query, name):
    for pair in query.split("&"):
        if pair.startswith(name + "="):
            return pair[len(name) + 1 :]
    return None


async def main(tcp_port, http_port):
    peers = Peers()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, sys.exit, 0)
    await loop.create_server(lambda: Peer(peers), "127.0.0.1", tcp_port, backlog=BACKLOG)
    http = await loop.create_server(lambda: Http(peers), "127.0.0.1", http_port, backlog=BACKLOG)
    await http.serve_forever()


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # Node.js and the JVM also raise the limit
    if uvloop is not None:
        uvloop.install()
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))

"""Each call of a socket tutorial, made against a running Switchboard, and what its API says of it.

usage: socket_calls.py FAMILY TYPE API_PORT ADDRESS [PORT]
       FAMILY AF_INET, AF_INET6 or AF_UNIX; TYPE SOCK_STREAM or SOCK_DGRAM; ADDRESS is a path for AF_UNIX
"""

import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request

FAMILY, KIND, API = sys.argv[1], sys.argv[2], "http://127.0.0.1:" + sys.argv[3]
ADDRESS = sys.argv[4] if FAMILY == "AF_UNIX" else (sys.argv[4], int(sys.argv[5]))
LONG = 10
ECONNREFUSED = 111


def http(method, path, body=None, content_type="text/plain"):
    request = urllib.request.Request(API + path, method=method, data=body)
    request.add_header("Content-Type", content_type)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def same(what, python, switchboard):
    if python != switchboard:
        raise SystemExit(f"{what}: Python says {python!r}, Switchboard {switchboard!r}")
    print(f"{what}: {python!r}")


def until(what, condition):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise SystemExit("waited in vain for " + what)


def end(address):
    """An address of Python's as the API spells it."""
    if FAMILY == "AF_UNIX":
        return address
    return {"host": address[0], "port": address[1]}


def spelled(endpoint):
    return endpoint["path"] if FAMILY == "AF_UNIX" else endpoint


def fresh():
    made = socket.socket(getattr(socket, FAMILY), getattr(socket, KIND))
    made.settimeout(LONG)
    same("settimeout", made.gettimeout(), float(LONG))
    return made


def peer_of(client):
    mine = end(client.getsockname())

    def found():
        rows = http("GET", "/peers?limit=1000")[1]["peers"]
        return next((row for row in rows if spelled(row["peername"]) == mine), None)

    return until("a peer at " + repr(mine), found)


def compare(client, peer):
    same("family", FAMILY, peer["family"])
    same("type", KIND, peer["type"])
    same("getsockname is its peername", end(client.getsockname()), spelled(peer["peername"]))
    same("getpeername is its sockname", end(client.getpeername())[:] if FAMILY == "AF_UNIX" else end(client.getpeername()), spelled(peer["sockname"]))
    if FAMILY == "AF_UNIX":
        import grp
        import pwd

        same("user", pwd.getpwuid(os.getuid()).pw_name, peer["peername"]["user"])
        same("group", grp.getgrgid(os.getgid()).gr_name, peer["peername"]["group"])


def messages(peer, after):
    return http("GET", f"/peers/{peer['id']}/messages?after={after}&wait=10s")[1]["messages"]


def times_out(client):
    client.settimeout(0.05)
    try:
        client.recv(1)
    except socket.timeout:
        print("recv timed out")
    else:
        raise SystemExit("recv should have timed out")
    client.settimeout(LONG)


def stream():
    client = fresh()
    same("connect_ex", client.connect_ex(ADDRESS), 0)
    peer = peer_of(client)
    compare(client, peer)

    sent = client.send(b"hello\n")
    same("send", sent, len(b"hello\n"))
    same("recv over HTTP", "hello", messages(peer, 0)[0]["text"])

    many = b"".join(b"line %d\n" % number for number in range(20_000))
    same("sendall", client.sendall(many), None)
    until(
        "every byte",
        lambda: http("GET", f"/peers/{peer['id']}")[1]["received"]["bytes"] == len(many) + sent,
    )
    row = http("GET", f"/peers/{peer['id']}")[1]
    same("received messages", 20_001, row["received"]["messages"])

    status, report = http("POST", f"/send?to={peer['id']}", b"\xe4\xbd\xa0\xe5\xa5\xbd")
    same("send over HTTP", (200, 1), (status, report["written"]))
    same("recv", client.recv(4096), "你好\n".encode())
    http("POST", f"/send?to={peer['id']}", b"from whom")
    data, sender = client.recvfrom(4096)
    same("recvfrom", data, b"from whom\n")
    same("whose address a stream does not tell", bool(sender and FAMILY != "AF_UNIX"), False)
    times_out(client)

    client.close()
    closed = until(
        "its end",
        lambda: (row := http("GET", f"/peers/{peer['id']}")[1])["state"] == "closed" and row,
    )
    same("close", "peer_closed", closed["closeReason"])

    again = fresh()
    same("connect", again.connect(ADDRESS), None)
    peer = peer_of(again) if FAMILY != "AF_UNIX" else until("a peer", lambda: next(iter(http("GET", "/peers?transport=unix")[1]["peers"]), None))
    same("DELETE", (204, None), http("DELETE", f"/peers/{peer['id']}?farewell=bye"))
    same("recv of the farewell", again.recv(4096), b"bye\n")
    same("recv at the end", again.recv(4096), b"")
    again.close()


def dial_out():
    server = fresh()
    server.bind((ADDRESS[0], 0))
    server.listen(1)
    host, port = server.getsockname()[:2]
    status, peer = http(
        "POST",
        "/peers",
        json.dumps({"host": host, "port": port, "listener": "default"}).encode(),
        "application/json",
    )
    same("connect over HTTP", 201, status)
    accepted, far = server.accept()
    same("accept's address is its sockname", end(far), peer["sockname"])
    same("getsockname is its peername", end(accepted.getsockname()), peer["peername"])
    same("direction", "outbound", peer["direction"])
    accepted.close()
    server.close()

    client = fresh()
    errno = client.connect_ex((host, port))
    status, problem = http(
        "POST",
        "/peers",
        json.dumps({"host": host, "port": port, "listener": "default"}).encode(),
        "application/json",
    )
    same("connect_ex to nobody", (errno, 502), (problem["errno"], status))
    same("its number", errno, ECONNREFUSED)
    same("its name", "ECONNREFUSED", problem["code"])
    client.close()


def refused_path():
    left = ADDRESS + ".left"
    gone = fresh()
    gone.bind(left)
    gone.close()
    client = fresh()
    same("connect_ex to nobody", client.connect_ex(left), ECONNREFUSED)
    client.close()
    os.unlink(left)


def datagram():
    client = fresh()
    client.bind((ADDRESS[0], 0))
    same("sendto", client.sendto(b"hello", ADDRESS), 5)
    peer = peer_of(client)
    same("family", FAMILY, peer["family"])
    same("type", KIND, peer["type"])
    same("its sockname", end(ADDRESS), peer["sockname"])
    same("recv over HTTP", "hello", messages(peer, 0)[0]["text"])

    http("POST", f"/send?to={peer['id']}", b"from whom\n")
    data, sender = client.recvfrom(4096)
    same("recvfrom", data, b"from whom\n")
    same("recvfrom's address", end(sender), peer["sockname"])

    same("connect_ex", client.connect_ex(ADDRESS), 0)
    same("getpeername", end(client.getpeername()), peer["sockname"])
    same("send of nothing", client.send(b""), 0)
    same("sendall", client.sendall(b"second"), None)
    same("empty and second", ["", "second"], texts(peer, 1, 2))
    http("POST", f"/send?to={peer['id']}", b"")
    http("POST", f"/send?to={peer['id']}", b"to recv")
    received = client.recv(4096) or client.recv(4096)
    same("recv", received, b"to recv")
    times_out(client)
    client.close()
    same("DELETE", (204, None), http("DELETE", f"/peers/{peer['id']}"))

    unheard = fresh()
    unheard.bind((ADDRESS[0], 0))
    host, port = unheard.getsockname()[:2]
    name = f"[{host}]:{port}" if FAMILY == "AF_INET6" else f"{host}:{port}"
    status, report = http("POST", f"/send?to=udp:{name}", b"first word")
    same("sendto over HTTP", 200, status)
    data, sender = unheard.recvfrom(4096)
    same("recvfrom of who spoke first", data, b"first word")
    same("its address", end(sender), end(ADDRESS))
    unheard.close()


def texts(peer, after, count):
    return until(
        "two datagrams",
        lambda: len(found := [each["text"] for each in messages(peer, after)]) == count and found,
    )


if KIND == "SOCK_DGRAM":
    datagram()
else:
    stream()
    if FAMILY == "AF_UNIX":
        refused_path()
    else:
        dial_out()
print("all the same")

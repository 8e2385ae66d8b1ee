"""A peer over TLS: says hello, prints each line that it is sent and answers it, until it is hung up on.

Run it: python3 tls.py [HOST [PORT [CA_FILE [CERTIFICATE_FILE KEY_FILE]]]]; the service's certificate must be
for HOST, and signed by CA_FILE, or be it (PEM); without one, by an authority that this machine trusts. A listener
with client-auth needs the client's own certificate and key (PEM).
"""
import socket
import ssl
import sys

host = sys.argv[1] if len(sys.argv) > 1 else '127.0.0.1'
port = int(sys.argv[2]) if len(sys.argv) > 2 else 8000
ca_file = sys.argv[3] if len(sys.argv) > 3 else None

context = ssl.create_default_context(cafile=ca_file)
if len(sys.argv) > 5:
    context.load_cert_chain(sys.argv[4], sys.argv[5])
with socket.create_connection((host, port)) as plain, context.wrap_socket(plain, server_hostname=host) as connection:
    connection.sendall(b'hello from Python over TLS\n')
    for line in connection.makefile('rb'):
        print(line.decode().rstrip('\n'), flush=True)
        connection.sendall(b'got ' + line)

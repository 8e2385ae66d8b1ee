"""Sends an HL7 message over MLLP, waits for its acknowledgement and prints it; exits with 1 unless that accepts.

Run it: python3 mllp.py [HOST [PORT [FILE]]], with the service's --switchboard.listeners.default.framing=mllp;
somebody there must answer: a webhook, or curl --data-binary @ack.hl7 'localhost:8080/send?to=all'
"""
import socket
import sys

host = sys.argv[1] if len(sys.argv) > 1 else '127.0.0.1'
port = int(sys.argv[2]) if len(sys.argv) > 2 else 8000
if len(sys.argv) > 3:
    message = open(sys.argv[3], 'rb').read()
else:
    message = b'MSH|^~\\&|LAB|1|EHR|2|20261122||ORU^R01|1|P|2.5\rOBX|1|NM|K||4.1'

with socket.create_connection((host, port), timeout=30) as connection:
    connection.sendall(b'\x0b' + message + b'\x1c\r')
    answer = b''
    while not answer.endswith(b'\x1c\r'):
        part = connection.recv(4096)
        if not part:
            sys.exit('hung up on before the acknowledgement')
        answer += part

segments = answer.strip(b'\x0b\x1c\r').decode().split('\r')
print('\n'.join(segments))
accepted = any(segment.startswith(('MSA|AA', 'MSA|CA')) for segment in segments)
sys.exit(0 if accepted else 1)

# Checks who posted to a webhook that has a secret.
# Use it: from signature import genuine
import hashlib, hmac, time

def genuine(header, body, secret):
    """Whether X-Switchboard-Signature was made with the secret (bytes), for this body, just now."""
    parts = dict(part.split('=', 1) for part in header.split(','))
    signed = parts['t'].encode() + b'.' + body
    right = hmac.new(secret, signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right, parts['v1']) and abs(time.time() - int(parts['t'])) < 300

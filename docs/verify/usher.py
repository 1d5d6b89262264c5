"""Whether Usher's gate let a request through to this site: what an origin checks on its guarded paths.

Needs the package `cryptography`.
"""

import base64, json, time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Refused(Exception):
    """Why the request did not come through the gate."""


def _bytes(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def let_through(header, keys, host, now=None):
    """Reads the header `Usher-Assertion` of a request for `host`; returns what the gate says of it.

    `keys` is the JSON at `/.well-known/jwks.json` of the gate: fetch it at the start, keep it, and fetch it again when
    "unknown key" comes back, at most once a minute.
    """
    try:
        head, body, signature = (header or "").split(".")
        says = json.loads(_bytes(head))
        if says.get("typ") != "usher-site-assertion+jwt" or says.get("alg") != "EdDSA" or "crit" in says:
            raise Refused("another kind of token")
        key = next((key for key in keys["keys"] if key.get("kid") == says.get("kid")), None)
        if key is None or key.get("crv") != "Ed25519":
            raise Refused("unknown key")
        Ed25519PublicKey.from_public_bytes(_bytes(key["x"])).verify(_bytes(signature), f"{head}.{body}".encode())
        claims = json.loads(_bytes(body))
        at, leeway = now or time.time(), 5
        if claims["aud"] != host or not claims["iat"] - leeway <= at < claims["exp"] + leeway:
            raise Refused("over, or for another site")
        return claims
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature) as error:
        raise Refused("not from the gate") from error

"""P-256 on fixed inputs: keys, agreement, signatures; every runtime must print the same."""

from binascii import hexlify
from hashlib import sha256

from protometer.crypto import ecdsa, p256
from protometer.kernel.slices import finish


def show(name, octets):
    print(name, hexlify(octets).decode())


for text in (b"supplier", b"device"):
    private = sha256(text).digest()
    public = finish(ecdsa.public_key(private))
    show("public", p256.encode_point(public))
    digest = sha256(b"a message of " + text).digest()
    signature = finish(ecdsa.sign(private, digest))
    show("signature", signature)
    points = finish(ecdsa.multiples(*public))
    show("multiples", b"".join([p256.encode_point(point) for point in points]))
    for name, keys in (("quick", points), ("plain", points[:1])):
        print(name, finish(ecdsa.verify(keys, digest, signature)))
        print("another", finish(ecdsa.verify(keys, sha256(digest).digest(), signature)))
    other = sha256(b"the other").digest()
    x = finish(p256.multiply(int.from_bytes(other, "big"), public[0], public[1], 3))
    show("agreed", x.to_bytes(32, "big"))

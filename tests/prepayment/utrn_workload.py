"""Top-ups at one meter; every runtime must print what utrn_workload.golden says.

The codes are published ones (tests/crypto/utrn_vectors.py), but for the no UTRNs.
"""

from binascii import unhexlify

from protometer.model.dictionary import Data
from protometer.model.events import Outbox
from protometer.prepayment.utrn import UtrnEntry, UtrnError, recover_counter
from protometer.roles.utrn_authenticator import utrn_authenticator

SECRET = "5c00001ae96494fedfd740c4679d346e913d89b978beeff76577be69c92bf3ce"
SUPPLIER, DEVICE = "90b3d51f30010000", "00db1234567890a0"
START_S = 757_382_400

authentic = utrn_authenticator(unhexlify(SECRET), unhexlify(SUPPLIER), unhexlify(DEVICE))
data = Data("E")
outbox = Outbox()
entry = UtrnEntry(data, outbox, authentic)


def tell_events():
    while len(outbox):
        code, at_s, _ = outbox.take()
        print(f"  event {code:04x} at +{at_s - START_S}")


def top_up(text, after_s, manual=True, accepted=True):
    """Have a code checked, and its counter used if the account would accept it."""
    try:
        value_mp, counter = entry.accept(START_S + after_s, text, manual)
        if accepted:
            entry.use(counter)
        print(f"+{after_s} {text}: {value_mp} mp, counter {counter}")
    except UtrnError as refusal:
        print(f"+{after_s} {text}: {refusal}, event {refusal.reason:04x}")
    tell_events()


print("published codes, the first twice and by another way")
top_up("73943333457189043313", 0)
top_up("73943333457189043313", 700)
top_up("73943333457189043313", 1400, manual=False)
top_up("73946144332040217315", 2100, accepted=False)
top_up("73946144332040217315", 2100)
top_up("73947252416745201637", 2100, manual=False)
print("another value for a counter that was used, and for one that was not")
top_up("73943680956463432551", 2800)
top_up("73950067887105178605", 3500)
print("no UTRNs: length, letter, check digit twice, classes 2 and 3, bit 57, below the base")
top_up("7394333345718904331", 4200, manual=False)
top_up("7394333345718904331x", 4200, manual=False)
top_up("73943333457189043314", 4200, manual=False)
top_up("12345678910121314156", 4200, manual=False)
top_up("73950718062408720560", 4200, manual=False)
top_up("73951069906129608888", 4200, manual=False)
top_up("75382721788621619209", 4200, manual=False)
top_up("73941569907863060474", 4200, manual=False)
print("five failures in ten minutes suspend the keypad for an hour, and nothing else")
for after_s in (10_000, 10_150, 10_300, 10_450, 10_600):
    top_up("73943333457189043313", after_s)
top_up("73948959061972833313", 10_601)
top_up("73948959061972833314", 10_602)
print("suspended", entry.is_suspended(START_S + 14_199), entry.is_suspended(START_S + 14_200))
entry = UtrnEntry(data, outbox, authentic)
top_up("73948959061972833313", 10_603, accepted=False)
top_up("73948959061972833313", 10_604, manual=False, accepted=False)
top_up("73948959061972833313", 14_200)
print("counters near the largest known")
for bits, largest in ((5, 1020), (1020, 2053), (0, 512), (1023, 510), (600, 0), (3, 0xFFFFFFFF)):
    print(bits, largest, recover_counter(bits, largest))
print("a floor from a new Supplier's key")
entry.replace_key(authentic, 5)
top_up("73947252416745201637", 20_000, manual=False)
top_up("73948959061972833313", 20_000, manual=False)
print("no key")
top_up("73946144332040217315", 20_000, manual=False)
entry.replace_key(None, 0)
top_up("73946144332040217315", 20_000, manual=False)

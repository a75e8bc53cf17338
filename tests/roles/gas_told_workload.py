"""Has a gas meter tell its proxy what it holds, and prints what the proxy tells; any runtime."""

from host_tools.node.proxy_bench import ASKED, CREDIT, NOW_S, PAYMENTS, TARIFF, TOP_UPS, Pair

_WRONG = (
    ("price", 1 << 31),
    ("billingPeriodDuration", 9),
    ("seasonEntries", []),
    ("topUpPayload", [{"topUpCode": b"x", "topUpAmount": 1, "topUpTime": 2}]),
    ("debtPayload", [{"debtType": 0, "amountCollected": 1}]),
)


def _told(pair):
    return [(code, pair.told(code)) for code in sorted(ASKED)]


def _show(title, pair):
    of_meter = [(code, pair.told(code, of_meter=True)) for code in sorted(ASKED)]
    is_the_same = _told(pair) == of_meter
    print(title, len(pair.asked), pair.proxy.refused, is_the_same)


def _wrong(question):
    """Answer with what no proxy takes, in one field."""
    answer = _PAIR.answer(question)
    for field, value in _WRONG:
        if field in answer:
            answer[field] = value
    return answer


_PAIR = Pair()
_PAIR.round()
_show("as shipped", _PAIR)
_PAIR.execute("Set Tariff", tariff=TARIFF)
_PAIR.execute("Set Non-Disablement Calendar", calendar=CREDIT)
_PAIR.execute("Set Billing Calendar", start_s=NOW_S + 60, period=4)
_PAIR.log(TOP_UPS, *[(NOW_S + n, 100 * n, bytes([0x12, 0x34] * 4 + [n, n])) for n in range(7)])
_PAIR.log(PAYMENTS, *[(NOW_S + n, 10 + n, 5 - n) for n in range(12)])
_PAIR.round()
_show("told", _PAIR)
for of_code, answers in _told(_PAIR):
    for command, payload in answers:
        print(hex(of_code), command, payload)
_PAIR.round()
_show("again", _PAIR)
_PAIR.data.tariff_issued[0] = _PAIR.data.non_disablement_issued[0] = 1
_PAIR.proxy.commit()
_BEFORE = _told(_PAIR)
_PAIR.round(NOW_S, _wrong)
_show("wrong", _PAIR)
print(_told(_PAIR) == _BEFORE)

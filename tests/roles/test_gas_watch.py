"""What a display keeps of the gas meter: what the mirror has, and no more than that."""

from protometer.han import zcl
from protometer.han.aps_frame import MIRROR_ENDPOINT
from protometer.roles.gas_watch import GasWatch
from tests.roles.gbz_stand import METERING, PREPAYMENT
from tests.roles.meter_stand import DAY_S, NEW_YEAR_S
from tests.roles.test_gas_records import Proxy

ENERGY = ((0x0C01, "u24", 4_000), (0x0C30, "u24", 31_000), (0x0C40, "u32", 120_000))
COST = ((0x051C, "u48", 30_000), (0x0530, "u48", 220_000), (0x0540, "u48", 870_000))


class Air:
    """A display's Stack without an air: its questions are answered by a mirror, or get lost."""

    def __init__(self, proxy):
        self._proxy = proxy
        self.clients = {}
        self.asked = []
        self.lost = ()

    def read(self, destination, cluster, identifiers, theirs):
        self.asked.append((cluster, identifiers))

    def answer(self, watch):
        """Have what was asked answered, but for those whose number among them is in `lost`."""
        asked, self.asked = self.asked, []
        for number, (cluster, identifiers) in enumerate(asked):
            if number not in self.lost:
                question = b"".join(one.to_bytes(2, "little") for one in identifiers)
                answer = self._proxy.mirror.answer(cluster, question, self._proxy.now_s)
                self.clients[MIRROR_ENDPOINT].keep(cluster, zcl.READ_ATTRIBUTES_RESPONSE, answer)
                watch.answered(self._proxy.now_s)


def told():
    """Return a proxy that was told money and energy, its display's air and watch."""
    proxy = Proxy()
    for identifier, kind, value in ENERGY:
        proxy.tell(METERING, identifier, kind, value)
    for identifier, kind, value in COST:
        proxy.tell(PREPAYMENT, identifier, kind, value)
    proxy.tell(METERING, 0x0007, "utc", proxy.now_s - 60)
    proxy.keep()
    air = Air(proxy)
    return proxy, air, GasWatch(air)


def shown(watch):
    data = watch.data
    return (
        data.energy_today_wh,
        data.energy_this_week_wh,
        data.energy_this_month_wh,
        data.cost_today_mp,
        data.cost_this_week_mp,
        data.cost_this_month_mp,
    )


def test_what_the_mirror_has_is_shown_and_what_it_has_not_is_not_known():
    proxy, air, watch = told()
    assert shown(watch) == (None,) * 6
    watch.step(proxy.now_s)
    air.answer(watch)
    assert shown(watch) == (4_000, 31_000, 120_000, 30_000, 220_000, 870_000)
    assert watch.data.told_s == proxy.now_s - 60
    # Nothing was told of the valve, or of Emergency Credit.
    assert watch.data.supply_state is None
    assert watch.data.emergency_credit_limit_mp is None


def test_what_is_hidden_from_a_new_tenant_goes_from_the_display():
    proxy, air, watch = told()
    watch.step(proxy.now_s)
    air.answer(watch)
    assert None not in shown(watch)
    # Somebody else has moved in this morning.
    proxy.data.restrict_data_s = NEW_YEAR_S + 3 * DAY_S + 30
    watch.ask_soon()
    watch.step(proxy.now_s + 1)
    air.answer(watch)
    assert shown(watch) == (None,) * 6
    assert watch.data.told_s == proxy.now_s - 60


def test_questions_are_put_again_in_a_minute_until_all_are_answered_and_then_in_ten():
    proxy, air, watch = told()
    air.lost = (3,)
    assert watch.step(proxy.now_s) == proxy.now_s + 60
    count = len(air.asked)
    air.answer(watch)
    assert watch.data.cost_today_mp is None
    assert watch.step(proxy.now_s + 59) == proxy.now_s + 60
    assert air.asked == []
    air.lost = ()
    watch.step(proxy.now_s + 60)
    assert len(air.asked) == count
    air.answer(watch)
    assert watch.data.cost_today_mp == 30_000
    assert watch.step(proxy.now_s + 61) == proxy.now_s + 600
    assert air.asked == []
    # After a Command at once.
    watch.ask_soon()
    watch.step(proxy.now_s + 62)
    assert len(air.asked) == count

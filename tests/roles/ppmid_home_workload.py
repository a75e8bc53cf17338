"""A hub, a gas meter and a PPMID, assembled as they are flashed, on one air; any runtime.

With policy interop, whose joining needs no long calculations; as gas meters have no contacts in
that, the tunnel is told of one each minute. The PPMID is restarted amid it.
"""

from binascii import hexlify

from host_tools.node.bench import Bench
from host_tools.node.local_ether import LocalRadio
from host_tools.node.ppmid_pair import METER, PPMID, UTRN, give_keys
from protometer.han.network import Network
from protometer.model import command as commands

CODE = "83fed3407a939723a5c639b26916d505c3b5"
START_S = 757_386_000
KINDS = {
    "CH": {
        "extended_address": "00db1234567890a2",
        "admits": [[hexlify(entity).decode(), CODE] for entity in (METER, PPMID)],
    },
    "GSME": {
        "extended_address": hexlify(METER).decode(),
        "install_code": CODE,
        "sleepy": True,
    },
    "PPMID": {
        "extended_address": hexlify(PPMID).decode(),
        "install_code": CODE,
        "end_device": True,
    },
}


class Home(Bench):
    """The three of them, which form and join their network."""

    def radio_of(self, device):
        return LocalRadio(self.ether)

    def network_of(self, device):
        described = {"policy": "interop", "channels": [20]}
        described.update(KINDS[device.role_name])
        return Network(described)

    def role(self, name):
        return self.devices[name].role

    def until(self, condition, seconds=2_200):
        for second in range(seconds):
            if condition():
                return
            if second % 60 == 59:
                self.role("GSME").han.tunnel.contact(self.clock.utc_s())
            self.run_until(self.clock.utc_s() + 1)
        print("never")

    def outcome(self):
        gas = self.role("PPMID").gas
        self.until(lambda: gas.outcome is not None)
        return gas.outcome

    def meets(self):
        self.until(lambda: self.role("PPMID").gas is not None)
        return self.role("PPMID").gas

    def failures(self):
        return [
            (name, task.name, task.last_failure)
            for name in sorted(self.devices)
            for task in self.devices[name].scheduler.tasks
            if task.failures
        ]


def run():
    home = Home(START_S, ("CH", "GSME", "PPMID"), lambda device, code, at_s: None, lambda: 0)
    home.role("CH").permit(255)
    joined = [home.role("GSME").han.stack.network, home.role("PPMID").stack.network]
    home.until(lambda: all(one.is_joined and one.has_confirmed_key for one in joined))
    print(home.role("PPMID").gas)
    give_keys(home.role("GSME"), METER, PPMID)
    give_keys(home.role("PPMID"), PPMID, METER)
    prepaying = {"mode": 1, "suspend_debt_disabled": False, "suspend_debt_emergency": True}
    now_s = home.clock.utc_s
    home.role("GSME").execute("Set Payment Mode", prepaying, commands.SUPPLIER, now_s())
    for _ in range(2):
        home.meets().add_credit(UTRN, now_s())
        print(home.outcome(), home.role("GSME").data.meter_balance_mp)
    home.devices["PPMID"].power_off()
    home.run_until(now_s() + 10)
    home.devices["PPMID"].power_on()
    home.meets().activate_emergency_credit(now_s())
    print(home.outcome(), list(home.role("PPMID").data.device_counter))
    home.run_until(now_s() + 2)
    log = home.role("PPMID").logbook.named("Event Log")
    print([entry[1:] for entry in log.entries(0, 10)])
    print(home.failures())


run()

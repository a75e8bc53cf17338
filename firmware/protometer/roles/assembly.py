"""Puts a role together on a scheduler, from drivers that somebody else made.

Boards, the desk and the scenarios all assemble their devices here, so that what is tested is what
is flashed. `parts` maps names to drivers that fulfil the contracts of the drivers package:
meter, switch, memory, logs, display and radio; a radio may be None, and then there is no HAN.

Each role is imported when it is assembled: a board carries, and loads, no other.
"""

from binascii import unhexlify


def electricity_meter(scheduler, parts, network, settings, on_event):
    """Assemble an ESME; returns it with its EsmeHan as `.han` (None without radio).

    parts["memory"] keeps the state, parts["logs"] the logs: one object where both are files.
    settings: loss_bound_mwh and commit_s, as Esme has them; displays, the short addresses (hex)
    of the devices to report to; and, where the meter has them, variant, the letters of its role,
    and utrn, the supplier and the secret (hex) that top-ups are checked with. on_event(code, at_s)
    hears of every event, once it is durable.
    """
    from .esme import Esme

    clock = scheduler.clock
    esme = Esme(
        parts["meter"],
        parts["switch"],
        parts["memory"],
        parts["logs"],
        clock,
        settings["loss_bound_mwh"],
        settings["commit_s"],
        settings.get("variant", "E"),
        _authentic(settings.get("utrn"), "esme_identifier", "E"),
    )
    if not clock.known and clock.utc_s() < esme.data.last_step_s:
        # The board's clock began anew; time goes on from where it was (ESME-CLK-05).
        clock.start_from(esme.data.last_step_s)
    scheduler.each_second("metering", esme.account_for)
    scheduler.each_second("journal", esme.settle)

    def drain(now_s):
        while len(esme.outbox):
            code, at_s, _ = esme.outbox.take()
            on_event(code, at_s)

    scheduler.each_second("events", drain)
    esme.han = None
    if parts["radio"]:
        from .esme_han import EsmeHan

        displays = [int(address, 16) for address in settings["displays"]]
        esme.han = EsmeHan(esme, scheduler, parts["radio"], network, displays)
    return esme


def _authentic(utrn, identifier, role):
    """Return what tells a genuine UTRN for a meter, or None where no Supplier is known."""
    if not utrn:
        return None
    from ..model.dictionary import Data
    from .utrn_authenticator import utrn_authenticator

    device = getattr(Data(role), identifier)
    return utrn_authenticator(unhexlify(utrn["secret"]), unhexlify(utrn["supplier"]), device)


def in_home_display(scheduler, parts, network, settings, on_event):
    """Assemble an IHD; settings: meter, the short address (hex) of the electricity meter."""
    from .ihd import Ihd

    meter = int(settings["meter"], 16)
    return Ihd(scheduler, parts["radio"], network, parts["memory"], parts["display"], meter)


def communications_hub(scheduler, parts, network, settings, on_event):
    """Assemble the Communications Hub."""
    from .comms_hub import CommsHub

    return CommsHub(scheduler, parts["radio"], network, parts["memory"])


ROLES = {
    "ESME": electricity_meter,
    "IHD": in_home_display,
    "CH": communications_hub,
}

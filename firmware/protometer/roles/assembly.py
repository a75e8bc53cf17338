"""Puts a role together on a scheduler, from drivers that somebody else made.

Boards, the desk and the scenarios all assemble their devices here, so that what is tested is what
is flashed. `parts` maps names to drivers that fulfil the contracts of the drivers package:
meter, switch, memory, logs, display and radio; a radio may be None, and then there is no HAN.

Each role is imported when it is assembled: a board carries, and loads, no other.
"""

from binascii import unhexlify


def electricity_meter(scheduler, parts, network, settings, on_event):
    """Assemble an ESME; returns it with its EsmeHan as `.han` (None without radio).

    parts["memory"] keeps the state, parts["logs"] the logs: one object where both are files;
    parts["display"], where there is one, the meter's own, with its face as `.face`;
    parts["auxiliary"] the Switches of local ALCSs. settings: loss_bound_mwh and commit_s, as Esme
    has them; displays, the short addresses (hex)
    of the devices to report to; and, where the meter has them, variant, the letters of its role,
    utrn, the supplier and the secret (hex) that top-ups are checked with, and device_log, EUI-64
    (hex) and Device Type of whom a meter as shipped is to know. on_event(code, at_s) hears of
    every event, once it is durable.
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
        parts.get("auxiliary", ()),
    )
    _run(esme, scheduler, parts, on_event)
    _introduce(esme, settings, clock.utc_s())
    _add_face(esme, scheduler, parts)
    if parts["radio"]:
        from .esme_han import EsmeHan

        displays = [int(address, 16) for address in settings.get("displays", ())]
        esme.han = EsmeHan(esme, scheduler, parts["radio"], network, displays)
        _carry_messages(esme, "E", "esme_identifier", scheduler)
    return esme


def gas_meter(scheduler, parts, network, settings, on_event):
    """Assemble a GSME; parts, settings and on_event as electricity_meter() has them.

    parts["meter"] is a gas meter's front end, parts["switch"] its valve. It has its GsmeHan as
    `.han` (None without radio).
    """
    from .gsme import Gsme

    gsme = Gsme(
        parts["meter"],
        parts["switch"],
        parts["memory"],
        parts["logs"],
        scheduler.clock,
        settings["loss_bound_mwh"],
        settings["commit_s"],
        _authentic(settings.get("utrn"), "gsme_identifier", "G"),
    )
    _run(gsme, scheduler, parts, on_event)
    _introduce(gsme, settings, scheduler.clock.utc_s())
    _add_face(gsme, scheduler, parts)
    if parts["radio"]:
        from .gsme_han import GsmeHan

        gsme.han = GsmeHan(gsme, scheduler, parts["radio"], network)
        _carry_messages(gsme, "G", "gsme_identifier", scheduler)
    return gsme


def load_control_switch(scheduler, parts, network, settings, on_event):
    """Assemble an HCALCS from parts["switch"], memory, logs and radio; on_event as an ESME has it.

    It has its HcalcsHan as `.han` (None without radio).
    """
    from .hcalcs import HcalcsDevice

    device = HcalcsDevice(parts["switch"], parts["memory"], parts["logs"], scheduler.clock)
    scheduler.each_second("switch", device.step)
    scheduler.each_second("events", _drain(device, on_event))
    device.han = None
    if parts["radio"]:
        from .hcalcs_han import HcalcsHan

        device.han = HcalcsHan(device, scheduler, parts["radio"], network)
    return device


def _introduce(meter, settings, now_s):
    """Have a meter that knows nobody know of others, as a Command each would do it."""
    if meter.data.device_log:
        return
    from ..model.command import ACCESS_CONTROL_BROKER

    for identifier, device_type in settings.get("device_log", {}).items():
        arguments = {"identifier": unhexlify(identifier), "type": device_type}
        name = "Add Device Security Credentials"
        meter.execute(name, arguments, ACCESS_CONTROL_BROKER, now_s)


def _add_face(meter, scheduler, parts):
    meter.face = None
    if parts.get("display"):
        from .meter_ui import meter_face

        meter.face = meter_face(meter, scheduler, parts["display"])


def _carry_messages(meter, letter, identifier, scheduler):
    """Let messages of remote parties reach a meter whose network has a tunnel for them."""
    if meter.han.tunnel:
        from .message_carrier import MessageCarrier
        from .remote_messages import RemoteMessages

        messages = RemoteMessages(meter, letter, identifier)
        meter.carrier = MessageCarrier(messages, meter.han.tunnel, scheduler)


def _run(meter, scheduler, parts, on_event):
    """Let a meter keep its second: account, calendar, journal, then its events.

    Of the platform, where it has them: parts["install"], as Firmware takes it, and
    parts["intact"], whether the firmware verified at this start.
    """
    clock = scheduler.clock
    meter.firmware.install = parts.get("install")
    if not parts.get("intact", True):
        meter.firmware.not_intact(clock.utc_s())
    if not clock.known and clock.utc_s() < meter.data.last_step_s:
        # The board's clock began anew; time goes on from where it was (ESME-CLK-05).
        clock.start_from(meter.data.last_step_s)
    scheduler.each_second("metering", meter.account_for)
    scheduler.each_second("calendar", meter.keep_calendar)
    scheduler.each_second("journal", meter.settle)
    scheduler.each_second("events", _drain(meter, on_event))


def _drain(device, on_event):
    """Return a step that hands on a device's durable events."""

    def drain(now_s):
        carrier = getattr(device, "carrier", None)
        while len(device.outbox):
            code, at_s, detail = device.outbox.take()
            if carrier:
                carrier.hear(code, at_s, detail)
            on_event(code, at_s)

    return drain


def _authentic(utrn, identifier, role):
    """Return what tells a genuine UTRN for a meter, or None where no Supplier is known."""
    if not utrn:
        return None
    from ..model.dictionary import Data
    from .utrn_authenticator import utrn_authenticator

    device = getattr(Data(role), identifier)
    return utrn_authenticator(unhexlify(utrn["secret"]), unhexlify(utrn["supplier"]), device)


def in_home_display(scheduler, parts, network, settings, on_event):
    """Assemble an IHD; settings: meter, the short address (hex) of the electricity meter.

    On a network that it joins by itself it looks for that.
    """
    from .ihd import Ihd

    meter = _meter(network, settings)
    return Ihd(scheduler, parts["radio"], network, parts["memory"], parts["display"], meter)


def prepayment_interface(scheduler, parts, network, settings, on_event):
    """Assemble a PPMID; parts["display"] may be None; settings as of an IHD."""
    from .ppmid import Ppmid

    device = Ppmid(
        scheduler,
        parts["radio"],
        network,
        parts["memory"],
        parts["logs"],
        parts.get("display"),
        _meter(network, settings),
    )
    scheduler.each_second("events", _drain(device, on_event))
    return device


def _meter(network, settings):
    return int(settings["meter"], 16) if network.is_commissioned else None


def communications_hub(scheduler, parts, network, settings, on_event):
    """Assemble the Communications Hub."""
    from .comms_hub import CommsHub

    return CommsHub(scheduler, parts["radio"], network, parts["memory"])


ROLES = {
    "ESME": electricity_meter,
    "GSME": gas_meter,
    "HCALCS": load_control_switch,
    "IHD": in_home_display,
    "PPMID": prepayment_interface,
    "CH": communications_hub,
}

"""The commands about radios in real time, for the `protometer` command line: RADIO_COMMANDS."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import click

from host_tools.desk.devices import (
    DEMO_ROLES,
    LARGER_HEAP,
    OWN_ROLES,
    description,
    micropython,
    own_description,
    program_of,
)
from host_tools.node.home import CHANNEL

_MODULE = "host_tools.node.realtime"


@click.command()
@click.option("--port", default=0, show_default=True, help="TCP port; 0 takes a free one.")
@click.option("--pty", "terminals", default=0, help="So many RCPs on terminals besides.")
@click.option("--seed", default=1, show_default=True, help="Seed of the radio's luck.")
@click.option("--loss", default=0.0, show_default=True, help="Share of frames lost.")
@click.option("--capture", type=click.Path(path_type=Path), help="pcapng of all that is sent.")
def rcp(port: int, terminals: int, seed: int, loss: float, capture: Path | None) -> None:
    """Be radio co-processors (Spinel) on one air: each TCP connection is one of its own.

    Any host of an OpenThread RCP can live on it, in real time. Runs until Ctrl-C.

    \b
    Example: protometer rcp --port 9000
    """
    from host_tools.desk.capture import Capture
    from host_tools.desk.ether import Ether
    from host_tools.desk.live_ether import LiveEther, serve_pty, serve_tcp

    async def run() -> None:
        with Capture(capture, live=True) if capture else nullcontext() as file:
            live = LiveEther(Ether(seed, loss=loss, tap=file.write if file else None))
            server = await serve_tcp(live, port)
            click.echo(f"RCP on 127.0.0.1:{server.sockets[0].getsockname()[1]}")
            for _ in range(terminals):
                click.echo(f"RCP on {serve_pty(live)}")
            await server.serve_forever()

    try:
        asyncio.run(run())
    except OSError as fault:
        raise click.ClickException(str(fault)) from fault
    except KeyboardInterrupt:
        pass


@click.command()
@click.argument("role", type=click.Choice(OWN_ROLES))
@click.option("--radio", required=True, metavar="HOST:PORT", help="Its RCP.")
@click.option("--own", is_flag=True, help="Be on a network that the desk's hub (CH) forms.")
@click.option("--install-code", help="Join a network with this code: 36 hexadecimal digits.")
@click.option(
    "--policy",
    type=click.Choice(("default", "interop")),
    help="Join a network: interop also trusts strangers without key establishment.",
)
@click.option("--sleepy", is_flag=True, help="Have its radio sleep between its contacts.")
@click.option("--channel", type=click.IntRange(11, 26), help="The only one to search.")
@click.option("--runtime", type=click.Choice(("unix", "cpython")), help="What it runs on.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("build/node"),
    show_default=True,
    help="Where its description and its memory are kept.",
)
def node(
    role: str,
    radio: str,
    own: bool,
    install_code: str | None,
    policy: str | None,
    sleepy: bool,
    channel: int | None,
    runtime: str | None,
    folder: Path,
) -> None:
    """Run a device in real time on an RCP; its memory is kept from run to run.

    It is on the demonstration's network, which was commissioned, or on one that the desk's hub
    forms, or joins another: with an install code, with the well-known link key in policy interop.

    \b
    Examples: protometer node CH --radio 127.0.0.1:9000 --own
              protometer node ESME --radio 127.0.0.1:9000 --policy interop
    """
    host, _, port = radio.rpartition(":")
    if not host or not port.isdecimal():
        raise click.BadParameter(f"{radio} is not HOST:PORT")
    if runtime is None:
        runtime = "unix" if micropython() else "cpython"
    try:
        program = program_of(role, runtime, _MODULE, LARGER_HEAP)
        joins = {"install_code": install_code, "policy": policy}
        to_join: dict[str, Any] | None = {name: value for name, value in joins.items() if value}
        if to_join:
            to_join |= {"sleepy": sleepy} | ({"channels": [channel]} if channel else {})
        elif role not in DEMO_ROLES and not own:
            raise click.UsageError(f"{role} joins a network: --own, --policy or --install-code")
        file = write_description(role, folder.resolve(), to_join or None, own)
        # Line by line, also into a pipe.
        environment = {**os.environ, **program.environment, "PYTHONUNBUFFERED": "1"}
        argv = [*program.command, str(file), radio]
        done = subprocess.run(argv, env=environment, cwd=program.folder)
    except OSError as fault:
        raise click.ClickException(str(fault)) from fault
    except KeyboardInterrupt:
        return
    raise SystemExit(done.returncode)


def write_description(
    role: str, folder: Path, to_join: dict[str, Any] | None, own: bool = False
) -> Path:
    """Write what a device needs to know, of the household of the winter story; return the file.

    to_join: of the network that it is to join, as Network has it; own: the one that the desk's
    hub forms; None and False: the demonstration's.
    """
    from host_tools.desk.story import STORIES, load_story

    story = load_story(STORIES / "winter.json")
    start, end = (
        moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        for moment in (story.power_on_utc(), story.end_utc(story.most_days))
    )
    house = None
    if role == "ESME":
        house = {"half_hours": str(story.half_hours_path()), "from_utc": start, "to_utc": end}
    if own:
        described = own_description(role, start, house)
    else:
        described = description(role, start, house, to_join)
    state = folder / f"{role.lower()}.state"
    state.mkdir(parents=True, exist_ok=True)
    file = folder / f"{role.lower()}.json"
    file.write_text(json.dumps({**described, "state": str(state)}, indent=4))
    return file


@click.command()
@click.option("--port", required=True, type=int, help="TCP port of an RCP.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--channel", type=click.IntRange(11, 26), default=CHANNEL, show_default=True)
@click.option("--out", required=True, help="pcapng file; - for standard output.")
def sniff(port: int, host: str, channel: int, out: str) -> None:
    """Capture all frames of a channel, as they come, through an RCP of one's own.

    \b
    Example: protometer sniff --port 9000 --out - | wireshark -k -i -
    """
    from host_tools.desk.capture import Capture
    from host_tools.desk.sniffer import Sniffer, SnifferError

    try:
        sniffer = Sniffer(host, port, channel)
        with Capture(sys.stdout.buffer if out == "-" else Path(out), live=True) as capture:
            click.echo(f"listening to channel {channel}", err=True)
            for at_us, psdu in sniffer.frames():
                capture.write(at_us, psdu)
    except SnifferError as fault:
        raise click.ClickException(str(fault)) from fault
    except OSError as fault:
        raise click.ClickException(str(fault)) from fault
    except KeyboardInterrupt:
        with suppress(OSError):
            sys.stdout.flush()


RADIO_COMMANDS = (rcp, node, sniff)

"""tshark as referee of a capture: every frame decrypted, dissected to its end, and well formed."""

import os
import re
import shutil
import subprocess
from xml.etree import ElementTree

from host_tools.desk.capture import write_zigbee_keys

BAD = ("alformed", "Expert Info", "Undissected", "Unknown Command", "Encrypted Payload")


# What tshark has to say against a frame: not well formed, not all of it read, not opened.
_FAULTY = " || ".join(
    (
        "_ws.malformed",
        "_ws.expert",
        "wpan.fcs_ok == 0",
        "zbee_sec.encrypted_payload",
        "data.data",
    )
)


def judged(capture, keys):
    """Return (count of frames, what is wrong with those that are faulty, a line each)."""
    columns = ("frame.number", "_ws.col.Protocol", "_ws.col.Info")
    told = [option for column in columns for option in ("-e", column)]
    faulty = _said(capture, keys, "-Y", _FAULTY, "-T", "fields", *told)
    numbers = _said(capture, keys, "-T", "fields", "-e", "frame.number")
    return len(numbers.splitlines()), faulty.splitlines()


def dissected(capture, keys):
    """Return what tshark says of a capture, frame by frame; keys: {name: octets}."""
    return re.split(r"^Frame \d+: ", _said(capture, keys, "-V"), flags=re.MULTILINE)[1:]


def packets(capture, keys):
    """Return what tshark says of a capture, an XML element of its PDML for each frame."""
    return list(ElementTree.fromstring(_said(capture, keys, "-T", "pdml")).iter("packet"))


def _said(capture, keys, *options):
    folder = capture.parent / "wireshark"
    folder.mkdir(exist_ok=True)
    write_zigbee_keys(folder / "zigbee_pc_keys", keys)
    return subprocess.run(
        ["tshark", "-r", str(capture), *options],
        env={**os.environ, "WIRESHARK_CONFIG_DIR": str(folder), "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    ).stdout


def faults(capture, keys):
    """Return the text of each frame with a fault; None without tshark."""
    if not shutil.which("tshark"):
        return None
    frames = dissected(capture, keys)
    assert len(frames) > 10
    return [
        frame for frame in frames if any(bad in frame for bad in BAD) or "(Correct)" not in frame
    ]

"""Sample sizes of every randomised test, in one place: CI prints them.

`make test` uses the first group, the named `make` target the second.
"""

# Inputs for each decoder; fewer by default for those that build a meter or a network for each.
FUZZ_SAMPLES = 2_000
FUZZ_SAMPLES_OF_A_METER = 200
FUZZ_SAMPLES_OF_A_NETWORK = 48
FUZZ_SAMPLES_FULL = 100_000
MESSAGE_FUZZ = 4_000
MESSAGE_FUZZ_FULL = 1_000_000
# Folders of reference messages whose slices are looked at one by one.
SLICED_FOLDERS = 24
# Frames thrown at a running meter, in all ways together.
HOSTILE_FRAMES = 7_000
HOSTILE_FRAMES_FULL = 100_000

LINK_SAMPLES = 400

# The In-Home Display: random views drawn, random framebuffer operations compared.
IHD_VIEW_SAMPLES = 300
FRAMEBUF_OPERATIONS = 3_000
# Sequences of keys at a meter's own display.
METER_KEYS = 60

# Hours of the demonstration, and of a gas meter, whose heap is watched.
HEAP_HOURS = 6
GAS_HEAP_HOURS = 24
HEAP_HOURS_FULL = 7 * 24

# The kernel's heap against a sorted list; the tariff against an oracle; the meter against the
# prepayment model; CCM*, GMAC, UTRNs and HDLC-lite against others.
SCHEDULER_SAMPLES = 200
TARIFF_SAMPLES = 300
SCHEDULE_SAMPLES = 120
VOLTAGE_SAMPLES = 40
LOAD_SAMPLES = 30
PREPAYMENT_SEQUENCES = 150
PREPAYMENT_STEPS = 40
MONEY_EXAMPLES = 300
CCM_SAMPLES = 150
GMAC_SAMPLES = 150
GBZ_SAMPLES = 400
ECDSA_SAMPLES = 20
ENVELOPE_SAMPLES = 60
# Of each reference command: octets flipped, lengths cut.
FLIPS = 6
MESSAGE_CUTS = 2
UTRN_SAMPLES = 200
# Elements of GF(2^m), and multiples of a curve's generator, held against other constructions.
FIELD_SAMPLES = 120
CURVE_SAMPLES = 3
# Long payloads in fragments through losses, for each window.
FRAGMENT_LOSSES = 12
GAS_VOLUME_SAMPLES = 40
METER_IC_SAMPLES = 60
ENCODING_SAMPLES = 500
AXDR_SAMPLES = 200
HDLC_SAMPLES = 400

# Draws of the model, and of what is set, for each use case on each device.
LIVE_SEEDS = 1
LIVE_SEEDS_FULL = 20

# The power-cut bench: one commit of so many is cut, and one bit of so many turned.
CUT_EVERY = {"fram": 53, "flash": 13, "files": 80}
FLIP_STEP = 83

# Bits flipped in a memory of each medium; all of them in `make powercut`.
BIT_FLIP_SAMPLES = 1_500

# Ranges read from each log, and patterns of damage to it.
LOG_RANGE_SAMPLES = 60
LOG_DAMAGE_SAMPLES = 60

# Pulse counters: levels at the filter's edge on the emulated PIO, readings over a wrap.
PIO_PULSES = 12
COUNTER_READINGS = 300

# Days of wear played on littlefs and in the rings of a partition; ten years in `make wear`.
WEAR_DAYS = {"pico": 3, "esp32_devkitc_partition": 8}

# Hours of a home on a network of its own, and restarts in them; `make soak-han`: a week, fifty.
HOME_HOURS = 3
HOME_RESTARTS = 4
# What an air loses of the longest messages; after how many slices a top-up's meter loses power.
TUNNEL_LOSSES = (0.2,)
TUNNEL_LOSSES_FULL = (0.02, 0.2)
TOP_UP_CUTS = (10,)
TOP_UP_CUTS_FULL = (1, 10, 40)


if __name__ == "__main__":
    for _name, _count in sorted(globals().copy().items()):
        if _name.isupper():
            print(f"{_name} = {_count}")

"""What a large schedule asks for, day by day; every runtime prints schedule_workload.golden."""

from protometer.model.schedule import Schedule, pack

ALWAYS = (0xFFFF, 0xFF, 0xFF)
DAY_S = 86_400

rules = []
for number in range(48):
    begin = ALWAYS if number % 3 else (0xFFFF, number % 12 + 1, number % 28 + 1)
    end = ALWAYS if number % 4 else (0xFFFF, (number + 5) % 12 + 1, 0xFF)
    special = (1 << number % 20) | 0x80001
    action = (number % 5 + 1) << 4 | (number // 5 % 2 + 1)
    rules.append((number * 29, begin, end, number * 7 % 128, special, action))
special_days = [(0xFFFF, index % 12 + 1, index + 1) for index in range(20)]
packed = pack(rules, special_days, 48, 20)
print(len(packed), sum(packed))
schedule = Schedule(packed)
codes = bytearray(6)
for day in range(9_100, 9_500, 13):
    now_s = day * DAY_S + day * 997 % DAY_S
    schedule.last_actions(now_s, 8, codes)
    print(day, *codes, schedule.next_look_s(now_s) - now_s)
    schedule.last_actions(now_s, 366, codes)
    print(*codes)

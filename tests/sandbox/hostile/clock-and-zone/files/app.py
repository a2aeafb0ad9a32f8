import datetime
import os
import time

print(os.environ["TZ"], time.tzname, time.timezone, time.daylight)
for month in (1, 7):
    print(datetime.datetime(2026, month, 1).astimezone().utcoffset(), time.localtime(time.mktime((2026, month, 1, 12, 0, 0, 0, 0, -1))).tm_isdst)
print("late enough" if datetime.datetime.now().year >= 2025 else "EARLY")
for clock in (time.CLOCK_REALTIME, time.CLOCK_MONOTONIC):
    try:
        time.clock_settime(clock, 0)
        print("SET")
    except OSError as error:
        print("refused")

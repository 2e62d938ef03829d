"""How much of this machine's processors another machine on the same host got instead of it."""


class Host:
    """What /proc/stat calls steal, as shares of all processors' time: 0 on real hardware."""

    def __init__(self):
        self.before = self.times()

    @staticmethod
    def times():
        """(stolen, all) since the machine was started, in ticks."""
        with open("/proc/stat", encoding="ascii") as stat:
            ticks = [int(word) for word in stat.readline().split()[1:9]]
        return ticks[7], sum(ticks)

    def stolen(self):
        """The share since this was last asked, or made."""
        before, self.before = self.before, self.times()
        ticks = self.before[1] - before[1]
        return round((self.before[0] - before[0]) / max(ticks, 1), 4)

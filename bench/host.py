"""How much of this machine's processors another machine on the same host got instead of it."""


class Host:
    """What /proc/stat calls steal, as shares of all processors' time: 0 on real hardware."""

    def __init__(self):
        self.first = self.before = self.times()

    @staticmethod
    def times():
        """(stolen, all) since the machine was started, in ticks."""
        with open("/proc/stat", encoding="ascii") as stat:
            ticks = [int(word) for word in stat.readline().split()[1:9]]
        return ticks[7], sum(ticks)

    def share_since(self, then):
        now = self.times()
        return round((now[0] - then[0]) / max(now[1] - then[1], 1), 4)

    def stolen(self):
        """The share since this was last asked."""
        share = self.share_since(self.before)
        self.before = self.times()
        return share

    def stolen_in_all(self):
        """The share since this was made."""
        return self.share_since(self.first)

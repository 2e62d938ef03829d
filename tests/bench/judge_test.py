#!/usr/bin/python3
"""The judge of a long load: curves that it must refuse, and look-alikes that it must let pass.

A judge that lets everything pass would look the same on a good day. So each way in which something
may grow without end is drawn here, with the noise that files which are merged make, and so is each
way in which something grows and then stays.
"""

import math
import os
import random
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "bench", "soak"))
import judge  # noqa: E402
import plot  # noqa: E402

HOUR = 3600
EVERY = 10
MIB = judge.MIB
WHOLE = {"errors": 0, "rps": 1000, "rate": 1000}


def samples_of(curve, name="rss", seconds=HOUR, noise=0.0):
    """A run in which `name` goes as curve(0…1), everything else stands still."""
    source = random.Random(1)
    rows = []
    for at in range(EVERY, seconds + 1, EVERY):
        row = {quantity[0]: 10.0 for quantity in judge.GROWING}
        row["seconds"] = float(at)
        row[name] = curve(at / seconds) * (1 + source.uniform(-noise, noise))
        rows.append(row)
    return rows


def saw(period):
    """What files do: they grow, and are merged."""
    return lambda t: 1000 * MIB * (1 + 0.3 * (t / period % 1))


REFUSED = {
    "a leak": lambda t: (200 + 100 * t) * MIB,
    "a small leak": lambda t: (200 + 30 * t) * MIB,
    "a leak that begins late": lambda t: (200 + 200 * max(0, t - 0.7)) * MIB,
    "a step that comes late": lambda t: (200 if t < 0.8 else 240) * MIB,
    "stairs": lambda t: (200 + 10 * int(t * 10)) * MIB,
    "a root": lambda t: 300 * math.sqrt(t) * MIB,
    "a logarithm": lambda t: 30 * math.log(1 + HOUR * t) * MIB,
    "a power": lambda t: (100 + 200 * t**3) * MIB,
    "a saw whose teeth grow": lambda t: saw(0.05)(t) * (1 + 0.3 * t),
}

PASSED = {
    "what stands still": lambda t: 200 * MIB,
    "what shrinks": lambda t: (300 - 100 * t) * MIB,
    "a cache that fills": lambda t: min(300, 50 + 1000 * t) * MIB,
    "what comes near its end": lambda t: 300 * (1 - math.exp(-12 * t)) * MIB,
    "a stream that is kept for five minutes": lambda t: min(1, 12 * t) * 2000 * MIB,
    "a saw of two minutes": saw(1 / 30),
    "a saw of a second": saw(1 / 3600),
    "a tide": lambda t: (500 + 50 * math.sin(40 * math.pi * t)) * MIB,
    "one peak": lambda t: (300 if 0.74 < t < 0.76 else 200) * MIB,
    "a little in a small process": lambda t: (20 + 4 * t) * MIB,
}


class GrowthTest(unittest.TestCase):
    def judged(self, curve, **options):
        return judge.levels_off(samples_of(curve, **options), "rss", 8 * MIB)

    def test_growth_without_end__is_refused(self):
        for name, curve in REFUSED.items():
            for noise in (0, 0.05):
                with self.subTest(name, noise=noise):
                    self.assertFalse(self.judged(curve, noise=noise))

    def test_growth_that_levels_off__passes(self):
        for name, curve in PASSED.items():
            for noise in (0, 0.05):
                with self.subTest(name, noise=noise):
                    self.assertTrue(self.judged(curve, noise=noise))

    def test_descriptors__one_every_minute_is_a_leak(self):
        samples = samples_of(lambda t: 100 + int(60 * t), "descriptors")
        self.assertFalse(judge.levels_off(samples, "descriptors", 8))

    def test_line__is_the_one_of_least_squares(self):
        mean, gain = judge.line_through([(0, 1.0), (1, 3.0), (2, 2.0)])
        self.assertAlmostEqual(mean, 2.0)
        self.assertAlmostEqual(gain, 1.0)


class VerdictTest(unittest.TestCase):
    def missed(self, samples=None, whole=WHOLE, kept=300):
        rows = judge.verdicts(samples or samples_of(PASSED["what stands still"]), whole, kept)
        return [asked for asked, _, met in rows if met is False]

    def test_a_good_run__misses_nothing(self):
        self.assertEqual(self.missed(), [])

    def test_each_quantity__is_judged_by_itself(self):
        for name, title, _, _ in judge.GROWING:
            with self.subTest(name):
                samples = samples_of(lambda t: (1 + t) * 1000 * MIB, name)
                self.assertEqual(self.missed(samples), [title + ": levels off"])

    def test_one_error__is_too_many(self):
        self.assertEqual(self.missed(whole={**WHOLE, "errors": 1}), ["no errors"])

    def test_a_wait_that_gets_longer__is_growth(self):
        samples = samples_of(lambda t: 2000 + 4000 * t, "p50_us")
        self.assertEqual(
            self.missed(samples), ["half of all requests take at most: levels off"]
        )

    def test_a_rate_that_was_not_kept__is_refused(self):
        self.assertEqual(
            self.missed(whole={**WHOLE, "rps": 989}), ["at least 99% of the rate asked for"]
        )

    def test_a_short_run__is_not_judged_by_its_growth(self):
        """And says so, instead of passing."""
        leak = REFUSED["a leak"]
        for seconds, kept in ((300, 60), (HOUR, 1000)):
            samples = samples_of(leak, seconds=seconds)
            rows = judge.verdicts(samples, WHOLE, kept)
            self.assertEqual({met for asked, _, met in rows if "levels off" in asked}, {None})
            self.assertIn("not judged", "\n".join(judge.table(rows)))


class PictureTest(unittest.TestCase):
    def test_picture__says_nothing_of_what_drew_it(self):
        drawn = (
            "<svg>\n<title>Gnuplot</title>\n<desc>Produced by GNUPLOT 1.2 on x</desc>\n"
            '<g id="gnuplot_canvas">\n<defs><circle id="gpDot"/>\n</defs>\n'
            '<g id="gnuplot_plot_1"><title>gnuplot_plot_1</title><path d="M1,2"/></g></g></svg>'
        )
        self.assertNotIn("gnuplot", plot.anonymous(drawn).lower())
        self.assertIn('<path d="M1,2"/>', plot.anonymous(drawn))

    def test_thinning__keeps_the_worst(self):
        samples = [{"p999_us": n % 100} for n in range(1000)]
        thin = plot.thinned(samples)
        self.assertLessEqual(len(thin), plot.POINTS_MAX)
        self.assertEqual(max(sample["p999_us"] for sample in thin), 99)


if __name__ == "__main__":
    unittest.main(verbosity=2)

/* hooked.h -- the machine as a handle sees it: the application's hooks where it gave some, and a
 * clock and randomness that its tests fix (stator/testkit.h).
 *
 * Two views of one machine. To a database in this process only the clock is the application's: its
 * own threads wait, and a wait that returns at once would let them spin. Calls that pause between
 * two attempts do so by the application's sleep (where that returns early, their ticks are moved
 * on), or by moving the fixed clock.
 *
 * Any thread may fix what it likes at any time: what is fixed is numbers that are read and written
 * one at a time. Ticks begin where the machine's stood, so they never go back.
 */
#ifndef STATOR_DB_HOOKED_H
#define STATOR_DB_HOOKED_H

#include <stdatomic.h>

#include "os/os.h"
#include "stator/stator.h"

struct hooked {
    /* constant after hooked_init */
    struct os clock;   /* for the database */
    struct os pausing; /* for calls */
    stator_hooks hooks;

    /* written by tests, read by all; the number before its flag */
    _Atomic int64_t now_us;
    _Atomic uint64_t ticks_ns;
    _Atomic uint64_t random;     /* how many numbers were taken, after the seed */
    _Atomic uint64_t skipped_ns; /* by sleeps that were shorter than they should have been */
    atomic_bool is_fixed;
    atomic_bool is_seeded;
};

/* `hooks` may be NULL. *hooked may not be moved afterwards. */
void hooked_init(struct hooked *hooked, const stator_hooks *hooks);

extern const int64_t hooked_last_us; /* of the year 9999 */

/* From 0 to hooked_last_us, whatever the application's clock says. */
MUST_USE int64_t hooked_now_us(const struct hooked *hooked);
MUST_USE uint64_t hooked_random(const struct hooked *hooked);

/* Let the clock stand at `now_us`; move it on, whether it stands or not. */
void hooked_fix(struct hooked *hooked, int64_t now_us);
void hooked_advance(struct hooked *hooked, uint64_t us);

/* Let all randomness follow from `seed`. */
void hooked_seed(struct hooked *hooked, uint64_t seed);

/* One number of 64 bits for each `n`: all of them look random. */
MUST_USE uint64_t hooked_scramble(uint64_t n);

#endif

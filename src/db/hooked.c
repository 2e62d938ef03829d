/* hooked.c -- see hooked.h.
 *
 * Each function of the two views asks in one order: what is fixed, what is hooked, the machine.
 * What the machine does asks for nothing in ctx.
 */
#include "db/hooked.h"

#include "base/bytes.h"
#include "base/calendar.h"
#include "db/turn.h"
#include "os/cond.h"

enum { US_PER_MS = 1000, NS_PER_US = 1000 };

/* ---- fixed */

uint64_t hooked_scramble(uint64_t n)
{
    uint64_t x = n * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static uint64_t next_fixed(struct hooked *hooked)
{
    return hooked_scramble(atomic_fetch_add(&hooked->random, 1));
}

static void move_on(struct hooked *hooked, uint64_t ns)
{
    atomic_fetch_add(&hooked->ticks_ns, ns);
    atomic_fetch_add(&hooked->now_us, (int64_t)(ns / NS_PER_US));
}

/* The flag is set last: who sees it sees the numbers. */
void hooked_fix(struct hooked *hooked, int64_t now_us)
{
    if (!atomic_load(&hooked->is_fixed)) atomic_store(&hooked->ticks_ns, os_ticks_ns(os_system()));
    atomic_store(&hooked->now_us, now_us);
    atomic_store(&hooked->is_fixed, true);
}

void hooked_advance(struct hooked *hooked, uint64_t us)
{
    const uint64_t far_us = UINT64_MAX / 4 / NS_PER_US;
    if (!atomic_load(&hooked->is_fixed)) hooked_fix(hooked, hooked_now_us(hooked));
    atomic_fetch_add(&hooked->now_us, (int64_t)us);
    atomic_fetch_add(&hooked->ticks_ns, (us < far_us ? us : far_us) * NS_PER_US);
}

void hooked_seed(struct hooked *hooked, uint64_t seed)
{
    atomic_store(&hooked->random, hooked_scramble(seed));
    atomic_store(&hooked->is_seeded, true);
}

/* ---- what the views are made of */

const int64_t hooked_last_us = CALENDAR_SECONDS_END * INT64_C(1000000) - 1;

static int64_t told_us(const struct hooked *hooked)
{
    if (atomic_load(&hooked->is_fixed)) return atomic_load(&hooked->now_us);
    if (hooked->hooks.now_us != NULL) return hooked->hooks.now_us(hooked->hooks.ud);
    return (int64_t)os_now_ms(os_system()) * US_PER_MS;
}

int64_t hooked_now_us(const struct hooked *hooked)
{
    const int64_t us = told_us(hooked);
    if (us < 0) return 0;
    return us < hooked_last_us ? us : hooked_last_us;
}

static uint64_t see_now_ms(void *ctx)
{
    return (uint64_t)hooked_now_us(ctx) / US_PER_MS;
}

static uint64_t see_ticks_ns(void *ctx)
{
    struct hooked *hooked = ctx;
    if (atomic_load(&hooked->is_fixed)) return atomic_load(&hooked->ticks_ns);
    return os_ticks_ns(os_system()) + atomic_load(&hooked->skipped_ns);
}

/* The caller holds `mutex`, which a function type cannot say. */
NO_THREAD_SAFETY static void sleep_without(struct hooked *hooked, struct mutex *mutex, uint64_t ns)
{
    mutex_unlock(mutex);
    const uint64_t begun_ns = os_ticks_ns(os_system());
    struct turn *turn = turn_set_aside();
    hooked->hooks.sleep_us(hooked->hooks.ud, (int64_t)((ns + NS_PER_US - 1) / NS_PER_US));
    turn_take_back(turn);
    const uint64_t slept_ns = os_ticks_ns(os_system()) - begun_ns;
    if (slept_ns < ns) atomic_fetch_add(&hooked->skipped_ns, ns - slept_ns);
    mutex_lock(mutex);
}

static void see_wait(void *ctx, struct cond *cond, struct mutex *mutex, uint64_t ns)
{
    struct hooked *hooked = ctx;
    const struct os *os = os_system();
    if (atomic_load(&hooked->is_fixed)) {
        move_on(hooked, ns);
    } else if (hooked->hooks.sleep_us != NULL) {
        sleep_without(hooked, mutex, ns);
    } else {
        os->wait(os->ctx, cond, mutex, ns);
    }
}

static status see_entropy(void *ctx, uint8_t *out, size_t size)
{
    struct hooked *hooked = ctx;
    const bool is_fixed = atomic_load(&hooked->is_seeded);
    if (!is_fixed && hooked->hooks.random == NULL) return os_entropy(os_system(), out, size);
    for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
        uint8_t word[sizeof(uint64_t)];
        bytes_store_u64(word,
                        is_fixed ? next_fixed(hooked) : hooked->hooks.random(hooked->hooks.ud));
        for (size_t j = 0; j < sizeof word && i + j < size; j++) out[i + j] = word[j];
    }
    return ST_OK;
}

void hooked_init(struct hooked *hooked, const stator_hooks *hooks)
{
    *hooked = (struct hooked){.clock = *os_system(), .pausing = *os_system()};
    if (hooks != NULL) hooked->hooks = *hooks;
    hooked->clock.ctx = hooked;
    hooked->clock.now_ms = see_now_ms;
    hooked->pausing.ctx = hooked;
    hooked->pausing.now_ms = see_now_ms;
    hooked->pausing.ticks_ns = see_ticks_ns;
    hooked->pausing.wait = see_wait;
    hooked->pausing.entropy = see_entropy;
}

uint64_t hooked_random(const struct hooked *hooked)
{
    uint8_t word[sizeof(uint64_t)] = {0};
    const struct os *os = &hooked->pausing;
    if (os_entropy(os, word, sizeof word) != ST_OK) return os_ticks_ns(os);
    return bytes_load_u64(word);
}

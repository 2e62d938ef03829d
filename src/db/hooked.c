/* hooked.c -- see hooked.h. */
#include "db/hooked.h"

#include "base/bytes.h"
#include "os/cond.h"

enum { US_PER_MS = 1000, NS_PER_US = 1000 };

static uint64_t hook_now_ms(void *ctx)
{
    const struct hooked *hooked = ctx;
    return (uint64_t)hooked->hooks.now_us(hooked->hooks.ud) / US_PER_MS;
}

static uint64_t hook_ticks_ns(void *ctx)
{
    struct hooked *hooked = ctx;
    return os_ticks_ns(os_system()) + atomic_load(&hooked->skipped_ns);
}

/* A sleep that was shorter than it should be moves the clock on: who waits in a loop is done. */
static void hook_wait(void *ctx, struct cond *cond, struct mutex *mutex, uint64_t ns)
    REQUIRES(*mutex)
{
    struct hooked *hooked = ctx;
    (void)cond;
    mutex_unlock(mutex);
    const uint64_t begun_ns = os_ticks_ns(os_system());
    hooked->hooks.sleep_us(hooked->hooks.ud, (int64_t)(ns / NS_PER_US));
    const uint64_t slept_ns = os_ticks_ns(os_system()) - begun_ns;
    if (slept_ns < ns) atomic_fetch_add(&hooked->skipped_ns, ns - slept_ns);
    mutex_lock(mutex);
}

static status hook_entropy(void *ctx, uint8_t *out, size_t size)
{
    const struct hooked *hooked = ctx;
    for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
        uint8_t word[sizeof(uint64_t)];
        bytes_store_u64(word, hooked->hooks.random(hooked->hooks.ud));
        for (size_t j = 0; j < sizeof word && i + j < size; j++) out[i + j] = word[j];
    }
    return ST_OK;
}

/* What is not hooked is the machine's own, whose functions ask for nothing in ctx. */
void hooked_init(struct hooked *hooked, const stator_hooks *hooks)
{
    *hooked = (struct hooked){.clock = *os_system(), .pausing = *os_system()};
    if (hooks == NULL) return;
    hooked->hooks = *hooks;
    hooked->clock.ctx = hooked;
    hooked->pausing.ctx = hooked;
    if (hooks->now_us != NULL) {
        hooked->clock.now_ms = hook_now_ms;
        hooked->pausing.now_ms = hook_now_ms;
    }
    if (hooks->sleep_us != NULL) {
        hooked->pausing.wait = hook_wait;
        hooked->pausing.ticks_ns = hook_ticks_ns;
    }
    if (hooks->random != NULL) hooked->pausing.entropy = hook_entropy;
}

int64_t hooked_now_us(const struct hooked *hooked)
{
    if (hooked->hooks.now_us != NULL) return hooked->hooks.now_us(hooked->hooks.ud);
    return (int64_t)os_now_ms(&hooked->clock) * US_PER_MS;
}

uint64_t hooked_random(const struct hooked *hooked)
{
    uint8_t word[sizeof(uint64_t)] = {0};
    const struct os *os = &hooked->pausing;
    if (os_entropy(os, word, sizeof word) != ST_OK) return os_ticks_ns(os);
    return bytes_load_u64(word);
}

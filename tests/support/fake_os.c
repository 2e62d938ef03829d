/* fake_os.c -- see fake_os.h. */
#include "support/fake_os.h"

#include "os/cond.h"
#include "support/support.h"

enum { NS_PER_US = 1000, NS_PER_MS = 1000000 };

static uint64_t now_ms(void *ctx)
{
    const struct fake_os *fake = ctx;
    return fake->now_ms;
}

static uint64_t ticks_ns(void *ctx)
{
    const struct fake_os *fake = ctx;
    return fake->ticks_ns;
}

static status entropy(void *ctx, uint8_t *out, size_t size)
{
    const struct fake_os *fake = ctx;
    if (fake->has_no_entropy) return ST_IO;
    if (size > 0) memset(out, fake->entropy, size);
    return ST_OK;
}

static void wait(void *ctx, struct cond *cond, struct mutex *mutex, uint64_t ns)
{
    struct fake_os *fake = ctx;
    (void)cond;
    (void)mutex;
    if (fake->pause_count < FAKE_OS_PAUSES_MAX) fake->pauses_us[fake->pause_count] = ns / NS_PER_US;
    fake->pause_count++;
    fake->ticks_ns += ns;
    fake->now_ms += ns / NS_PER_MS;
}

static const char *variable(void *ctx, const char *name)
{
    const struct fake_os *fake = ctx;
    for (unsigned i = fake->variable_count; i-- > 0;)
        if (strcmp(fake->variables[i].name, name) == 0) return fake->variables[i].value;
    return NULL;
}

void fake_os_init(struct fake_os *fake)
{
    *fake = (struct fake_os){
        .os = {.ctx = fake,
               .now_ms = now_ms,
               .ticks_ns = ticks_ns,
               .entropy = entropy,
               .wait = wait,
               .variable = variable},
        .now_ms = (uint64_t)FAKE_OS_NOW_S * 1000,
        .ticks_ns = 1,
        .entropy = 0x80, /* in the middle of what it is used for */
    };
}

void fake_os_set(struct fake_os *fake, const char *name, const char *value)
{
    assert_true(fake->variable_count < FAKE_OS_VARIABLES_MAX);
    fake->variables[fake->variable_count].name = name;
    fake->variables[fake->variable_count].value = value;
    fake->variable_count++;
}

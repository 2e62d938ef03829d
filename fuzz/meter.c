/* meter.c -- see meter.h. */
#include "meter.h"

static void *resize(void *ctx, void *old, size_t old_size, size_t new_size)
{
    struct meter *meter = ctx;
    if (new_size == 0) {
        mem_free(mem_heap(), old, old_size);
        meter->taken -= old_size;
        return NULL;
    }
    void *fresh = mem_resize(mem_heap(), old, old_size, new_size);
    if (fresh == NULL) return NULL;
    meter->taken += new_size - old_size;
    if (meter->taken > meter->most) meter->most = meter->taken;
    return fresh;
}

struct mem meter_mem(struct meter *meter)
{
    return (struct mem){meter, resize};
}

/* pins.c -- a growing list of pinned values.
 *
 * Most functions look at one or two values, so the first few slots are in place; a batch read of a
 * hundred grows the list once or twice.
 */
#include "store/pins.h"

#include <string.h>

#include "store/rocks.h"

void pins_init(struct pins *pins, const struct mem *mem, struct recent *recent)
{
    *pins = (struct pins){.mem = mem, .recent = recent, .cap = PINS_FEW};
    pins->slots = pins->few;
}

void pins_clear(struct pins *pins)
{
    while (pins->count > 0) {
        const struct pin *pin = &pins->slots[--pins->count];
        if (pin->kept != NULL) recent_drop(pins->recent, pin->kept);
        if (pin->slice != NULL) rocksdb_pinnableslice_destroy(pin->slice);
    }
}

void pins_deinit(struct pins *pins)
{
    pins_clear(pins);
    if (pins->slots != pins->few) mem_free(pins->mem, pins->slots, pins->cap * sizeof *pins->slots);
}

static bool grow(struct pins *pins)
{
    struct pin *more = mem_new_array(pins->mem, 2 * pins->cap, sizeof *more);
    if (more == NULL) return false;
    memcpy(more, pins->slots, pins->count * sizeof *more);
    if (pins->slots != pins->few) mem_free(pins->mem, pins->slots, pins->cap * sizeof *pins->slots);
    pins->slots = more;
    pins->cap *= 2;
    return true;
}

/* The value where RocksDB has it; *out stays NULL when there is none. */
static status search(struct pins_source source, struct span key, rocksdb_pinnableslice_t **out)
{
    char *message = NULL;
    *out = rocksdb_get_pinned(source.db, source.options, (const char *)key.ptr, key.len, &message);
    return rocks_status(message, NULL);
}

status pins_get(struct pins *pins, struct pins_source source, struct span key, struct span *value,
                bool *found)
{
    if (pins->count == pins->cap && !grow(pins)) return ST_NO_MEMORY;
    struct pin *pin = &pins->slots[pins->count];
    *pin = (struct pin){.kept = recent_find(pins->recent, source.state, key)};
    if (pin->kept == NULL) TRY(search(source, key, &pin->slice));
    *found = pin->kept != NULL || pin->slice != NULL;
    if (!*found) return ST_OK;
    pins->count++;
    if (pin->kept != NULL) {
        *value = recent_bytes(pin->kept);
        return ST_OK;
    }
    value->ptr = (const uint8_t *)rocksdb_pinnableslice_value(pin->slice, &value->len);
    recent_add(pins->recent, source.state, key, *value);
    return ST_OK;
}

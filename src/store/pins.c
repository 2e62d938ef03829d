/* pins.c -- a growing list of pinned values.
 *
 * Most functions look at one or two values, so the first few slots are in place; a batch read of a
 * hundred grows the list once or twice.
 */
#include "store/pins.h"

#include "store/rocks.h"

void pins_init(struct pins *pins, const struct mem *mem)
{
    *pins = (struct pins){.mem = mem, .cap = PINS_FEW};
    pins->slots = pins->few;
}

void pins_clear(struct pins *pins)
{
    while (pins->count > 0) rocksdb_pinnableslice_destroy(pins->slots[--pins->count]);
}

void pins_deinit(struct pins *pins)
{
    pins_clear(pins);
    if (pins->slots != pins->few)
        mem_free(pins->mem, pins->slots, pins->cap * sizeof(rocksdb_pinnableslice_t *));
}

static bool grow(struct pins *pins)
{
    const size_t slot = sizeof(rocksdb_pinnableslice_t *);
    rocksdb_pinnableslice_t **more = mem_new_array(pins->mem, 2 * pins->cap, slot);
    if (more == NULL) return false;
    for (size_t i = 0; i < pins->count; i++) more[i] = pins->slots[i];
    if (pins->slots != pins->few) mem_free(pins->mem, pins->slots, pins->cap * slot);
    pins->slots = more;
    pins->cap *= 2;
    return true;
}

status pins_get(struct pins *pins, struct pins_source source, struct span key, struct span *value,
                bool *found)
{
    if (pins->count == pins->cap && !grow(pins)) return ST_NO_MEMORY;
    char *message = NULL;
    rocksdb_pinnableslice_t *pin =
        rocksdb_get_pinned(source.db, source.options, (const char *)key.ptr, key.len, &message);
    TRY(rocks_status(message, NULL));
    *found = pin != NULL;
    if (pin == NULL) return ST_OK;
    pins->slots[pins->count++] = pin;
    value->ptr = (const uint8_t *)rocksdb_pinnableslice_value(pin, &value->len);
    return ST_OK;
}

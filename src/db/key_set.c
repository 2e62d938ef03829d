/* key_set.c -- see key_set.h. */
#include "db/key_set.h"

/* FNV-1a: keys of one program, which has no reason to aim at one place. */
static uint64_t hash_of(struct value key)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < key.body.len; i++)
        hash = (hash ^ key.body.ptr[i]) * UINT64_C(0x100000001B3);
    return hash ^ (hash >> 32);
}

status key_set_init(struct key_set *set, struct arena *arena, const struct value *keys,
                    uint32_t count)
{
    uint32_t places = 2;
    while (places < 2 * count && places < UINT32_MAX / 2) places *= 2;
    *set = (struct key_set){.mask = places - 1, .keys = keys};
    set->places = arena_new_array(arena, places, uint32_t);
    return set->places != NULL ? ST_OK : ST_NO_MEMORY;
}

/* The place of a key equal to `key`, or the free one where it would stand. */
static uint32_t *place_of(const struct key_set *set, struct value key)
{
    for (uint64_t at = hash_of(key);; at++) {
        uint32_t *place = &set->places[at & set->mask];
        if (*place == 0 || value_eq(set->keys[*place - 1], key)) return place;
    }
}

uint32_t key_set_add(struct key_set *set, uint32_t number)
{
    uint32_t *place = place_of(set, set->keys[number]);
    if (*place == 0) *place = number + 1;
    return *place - 1;
}

bool key_set_find(const struct key_set *set, struct value key, uint32_t *number)
{
    const uint32_t place = *place_of(set, key);
    if (place == 0) return false;
    *number = place - 1;
    return true;
}

/* vector_entry.c -- see vector_entry.h. */
#include "engine/vector_entry.h"

#include <string.h>

#include "base/bytes.h"
#include "engine/component.h"
#include "item/number.h"
#include "table/item_key.h"

enum { COMPONENT_BYTES = 4, VALUE_BYTES_MAX = COMPONENT_BYTES * LIMIT_VECTOR_DIMENSIONS };

#define NOT_VALID                                                                                  \
    "One or more parameter values are not valid. One or more parameter values were invalid . "

/* ---- checking */

static status fail_type(const struct table_vectors *vectors, value_type type, struct error *err)
{
    return FAIL(err, ST_VALIDATION,
                NOT_VALID "Invalid type for parameter %.*s, Expected: L, Actual: %s. "
                          "IndexName: %.*s",
                SPAN_ARG(vectors->attribute), value_type_name(type), SPAN_ARG(vectors->name));
}

static status fail_count(const struct table_vectors *vectors, uint32_t count, struct error *err)
{
    return FAIL(err, ST_VALIDATION,
                NOT_VALID "Invalid size for parameter %.*s, Expected: %u, Actual: %u. "
                          "IndexName: %.*s",
                SPAN_ARG(vectors->attribute), (unsigned)vectors->kind.dimensions, (unsigned)count,
                SPAN_ARG(vectors->name));
}

static status fail_element_type(const struct table_vectors *vectors, uint32_t at, value_type type,
                                struct error *err)
{
    return FAIL(err, ST_VALIDATION,
                "One or more parameter values were invalid. Invalid type for parameter %.*s[%u], "
                "Expected: 32-bit floating point number, Actual: %s. IndexName: %.*s",
                SPAN_ARG(vectors->attribute), (unsigned)at, value_type_name(type),
                SPAN_ARG(vectors->name));
}

static status fail_range(const struct table_vectors *vectors, uint32_t at, struct value number,
                         struct error *err)
{
    char text[NUMBER_TEXT_BYTES_MAX];
    const struct span shown = {(const uint8_t *)text, number_text(number.body, text)};
    return FAIL(err, ST_VALIDATION,
                NOT_VALID "Invalid value for parameter %.*s[%u], Value: %.*s is outside valid "
                          "range [-3.4028235E38, 3.4028235E38]. IndexName: %.*s",
                SPAN_ARG(vectors->attribute), (unsigned)at, SPAN_ARG(shown),
                SPAN_ARG(vectors->name));
}

static status check_elements(const struct table_vectors *vectors, struct value list,
                             struct error *err)
{
    struct value_cursor cursor = value_walk(list);
    struct value element = {0};
    float component = 0;
    for (uint32_t at = 0; value_next_element(&cursor, &element); at++) {
        if (element.type != VALUE_N) return fail_element_type(vectors, at, element.type, err);
        if (!component_read(element.body, &component)) return fail_range(vectors, at, element, err);
    }
    return ST_OK;
}

static status check(const struct table_vectors *vectors, struct value map, struct error *err)
{
    struct value v = {0};
    if (!value_find(map, vectors->attribute, &v)) return ST_OK;
    if (v.type != VALUE_L) return fail_type(vectors, v.type, err);
    const uint32_t count = value_count(v);
    if (count != vectors->kind.dimensions) return fail_count(vectors, count, err);
    return check_elements(vectors, v, err);
}

status vector_entry_check(const struct table *table, struct value map, struct error *err)
{
    for (uint8_t i = 0; i < table->spec.vector_count; i++)
        TRY(check(&table->spec.vectors[i], map, err));
    return ST_OK;
}

status vector_entry_check_updated(const struct table *table, const struct expr *update,
                                  struct value map, struct error *err)
{
    for (uint8_t i = 0; i < table->spec.vector_count; i++) {
        const struct table_vectors *vectors = &table->spec.vectors[i];
        if (expr_update_writes(update, vectors->attribute)) TRY(check(vectors, map, err));
    }
    return ST_OK;
}

/* ---- reading */

static bool read_components(struct value list, float *out)
{
    struct value_cursor cursor = value_walk(list);
    struct value element = {0};
    while (value_next_element(&cursor, &element))
        if (element.type != VALUE_N || !component_read(element.body, out++)) return false;
    return true;
}

status vector_entry_of(const struct table_vectors *vectors, struct value map, struct arena *arena,
                       const float **out)
{
    struct value v = {0};
    *out = NULL;
    if (map.type == VALUE_NONE || !value_find(map, vectors->attribute, &v)) return ST_OK;
    if (v.type != VALUE_L || value_count(v) != vectors->kind.dimensions) return ST_OK;
    float *values = arena_new_array(arena, vectors->kind.dimensions, float);
    if (values == NULL) return ST_NO_MEMORY;
    if (read_components(v, values)) *out = values;
    return ST_OK;
}

/* A float has the bits of a u32; both are little-endian in the store. */
static float load_component(const uint8_t *at)
{
    const uint32_t bits = bytes_load_u32(at);
    float component = 0;
    static_assert(sizeof component == sizeof bits, "a float has 32 bits");
    memcpy(&component, &bits, sizeof component);
    return component;
}

static void put_component(struct buf *buf, float component)
{
    uint32_t bits = 0;
    memcpy(&bits, &component, sizeof bits);
    buf_put_u32(buf, bits);
}

status vector_entry_read(const struct table_vectors *vectors, struct span stored,
                         struct arena *arena, const float **out)
{
    const uint32_t count = vectors->kind.dimensions;
    if (stored.len != (size_t)count * COMPONENT_BYTES) return ST_CORRUPT;
    float *values = arena_new_array(arena, count, float);
    if (values == NULL) return ST_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        values[i] = load_component(stored.ptr + (size_t)i * COMPONENT_BYTES);
        if (!component_is_finite(values[i])) return ST_CORRUPT;
    }
    *out = values;
    return ST_OK;
}

/* ---- staging */

static status put(const struct vector_entry_work *work, const struct table_vectors *vectors,
                  struct span entry, const float *values)
{
    const struct arena_mark mark = arena_mark(work->arena);
    struct buf stored;
    buf_init(&stored, arena_mem(work->arena), VALUE_BYTES_MAX);
    for (uint32_t i = 0; i < vectors->kind.dimensions; i++) put_component(&stored, values[i]);
    status st = buf_status(&stored);
    if (st == ST_OK) st = store_txn_put(work->txn, entry, buf_view(&stored));
    arena_rewind(work->arena, mark); /* the store has a copy */
    return st;
}

/* The attribute that an index goes by, or VALUE_NONE. */
static struct value attribute_of(const struct table_vectors *vectors, struct value map)
{
    struct value v = {0};
    if (map.type != VALUE_NONE && value_find(map, vectors->attribute, &v)) return v;
    return (struct value){0};
}

/* What is not there before is deleted all the same: that costs less than reading its numbers. */
static status stage(const struct vector_entry_work *work, const struct table_vectors *vectors,
                    const struct index_images *images, struct vector_delta *delta)
{
    const struct value before = attribute_of(vectors, images->before);
    const struct value after = attribute_of(vectors, images->after);
    const float *values = NULL;
    struct span entry = {0};
    if (value_eq(before, after)) return ST_OK; /* filling reads the item anew */
    TRY(vector_entry_of(vectors, images->after, work->arena, &values));
    if (values == NULL && before.type == VALUE_NONE) return ST_OK;
    *delta = (struct vector_delta){.changed = true, .values = values};
    TRY(item_key_vector(vectors->number, work->key, work->arena, &entry));
    return values != NULL ? put(work, vectors, entry, values) : store_txn_delete(work->txn, entry);
}

status vector_entry_stage(const struct vector_entry_work *work, const struct index_images *images,
                          struct vector_delta *deltas)
{
    for (uint8_t i = 0; i < work->table->spec.vector_count; i++)
        TRY(stage(work, &work->table->spec.vectors[i], images, &deltas[i]));
    return ST_OK;
}

status vector_entry_fill(const struct vector_entry_work *work, const struct table_vectors *vectors,
                         struct value map)
{
    const float *values = NULL;
    struct span entry = {0};
    TRY(vector_entry_of(vectors, map, work->arena, &values));
    if (values == NULL) return ST_OK;
    TRY(item_key_vector(vectors->number, work->key, work->arena, &entry));
    return put(work, vectors, entry, values);
}

status vector_entry_end(struct store_txn *txn, const struct table_vectors *vectors,
                        struct arena *arena)
{
    struct store_range range = {0};
    TRY(item_key_vectors(vectors->number, arena, &range));
    return store_txn_delete_range(txn, range);
}

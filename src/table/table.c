/* table.c -- making, sharing and counting table descriptions.
 *
 * A table and everything it points at live in one arena, so that it is freed in one piece when its
 * last reader lets go. What changes with every write (struct table_live) is apart and shared by all
 * versions of the table, and of each index by its number.
 */
#include "table/table.h"

#include <assert.h>
#include <string.h>

#include "table/table_own.h"

enum { TABLE_ARENA_BYTES_MAX = 2 << 20 };

struct table_own {
    struct arena arena;
    const struct mem *mem;
    _Atomic uint32_t readers;
};

static struct table_live *live_new(const struct mem *mem)
{
    struct table_live *live = mem_new(mem, sizeof *live);
    if (live != NULL) atomic_init(&live->versions, 1);
    return live;
}

static void live_drop(const struct mem *mem, struct table_live *live)
{
    if (live != NULL && atomic_fetch_sub(&live->versions, 1) == 1)
        mem_free(mem, live, sizeof *live);
}

static void own_free(struct table_own *own)
{
    const struct mem *mem = own->mem;
    arena_deinit(&own->arena);
    mem_free(mem, own, sizeof *own);
}

/* An empty table with one reader, in an arena of its own, without its live part. */
static struct table *table_new(const struct mem *mem)
{
    struct table_own *own = mem_new(mem, sizeof *own);
    if (own == NULL) return NULL;
    own->mem = mem;
    atomic_init(&own->readers, 1);
    arena_init(&own->arena, mem, TABLE_ARENA_BYTES_MAX);
    struct table *table = arena_new(&own->arena, struct table);
    if (table == NULL) {
        own_free(own);
        return NULL;
    }
    table->own = own;
    return table;
}

static bool copy_parts(struct arena *arena, struct table_key_part *parts, uint8_t count)
{
    for (uint8_t i = 0; i < count; i++)
        if (!arena_copy(arena, parts[i].name, &parts[i].name)) return false;
    return true;
}

static bool copy_key(struct arena *arena, struct table_key *key)
{
    return copy_parts(arena, key->partition, key->partition_count) &&
           copy_parts(arena, key->sort, key->sort_count);
}

static bool copy_included(struct arena *arena, struct table_index *index)
{
    struct span *names = arena_new_array(arena, index->included_count, struct span);
    if (names == NULL) return false;
    for (uint8_t i = 0; i < index->included_count; i++)
        if (!arena_copy(arena, index->included[i], &names[i])) return false;
    index->included = names;
    return true;
}

static bool copy_indexes(struct arena *arena, struct table_spec *spec)
{
    struct table_index *indexes = arena_new_array(arena, spec->index_count, struct table_index);
    if (indexes == NULL) return false;
    for (uint8_t i = 0; i < spec->index_count; i++) {
        struct table_index *index = &indexes[i];
        *index = spec->indexes[i];
        if (!arena_copy(arena, index->name, &index->name)) return false;
        if (!copy_key(arena, &index->key) || !copy_included(arena, index)) return false;
        if (!arena_copy(arena, index->scope, &index->scope)) return false;
    }
    spec->indexes = indexes;
    return true;
}

static bool copy_tags(struct arena *arena, struct table_spec *spec)
{
    struct table_tag *tags = arena_new_array(arena, spec->tag_count, struct table_tag);
    if (tags == NULL) return false;
    for (uint8_t i = 0; i < spec->tag_count; i++)
        if (!arena_copy(arena, spec->tags[i].key, &tags[i].key) ||
            !arena_copy(arena, spec->tags[i].value, &tags[i].value))
            return false;
    spec->tags = tags;
    return true;
}

static bool copy_attributes(struct arena *arena, struct table_schema *schema)
{
    struct table_schema_attribute *attributes =
        arena_new_array(arena, schema->attribute_count, struct table_schema_attribute);
    if (attributes == NULL) return false;
    for (uint16_t i = 0; i < schema->attribute_count; i++) {
        attributes[i] = schema->attributes[i];
        if (!arena_copy(arena, attributes[i].name, &attributes[i].name)) return false;
    }
    schema->attributes = attributes;
    return true;
}

static bool copy_schemas(struct arena *arena, struct table_spec *spec)
{
    struct table_schema *schemas = arena_new_array(arena, spec->schema_count, struct table_schema);
    if (schemas == NULL) return false;
    for (uint8_t i = 0; i < spec->schema_count; i++) {
        struct table_schema *schema = &schemas[i];
        *schema = spec->schemas[i];
        if (!arena_copy(arena, schema->prefix, &schema->prefix) ||
            !arena_copy(arena, schema->description, &schema->description) ||
            !copy_attributes(arena, schema))
            return false;
    }
    spec->schemas = schemas;
    return true;
}

static bool copy_vectors(struct arena *arena, struct table_spec *spec)
{
    struct table_vectors *vectors =
        arena_new_array(arena, spec->vector_count, struct table_vectors);
    if (vectors == NULL) return false;
    for (uint8_t i = 0; i < spec->vector_count; i++) {
        vectors[i] = spec->vectors[i];
        if (!arena_copy(arena, vectors[i].name, &vectors[i].name) ||
            !arena_copy(arena, vectors[i].attribute, &vectors[i].attribute))
            return false;
    }
    spec->vectors = vectors;
    return true;
}

/* Let everything that `table` points at lie in its own arena. */
static bool copy_spans(struct table *table)
{
    struct arena *arena = &table->own->arena;
    struct table_spec *spec = &table->spec;
    return arena_copy(arena, table->space, &table->space) &&
           arena_copy(arena, spec->name, &spec->name) && copy_key(arena, &spec->key) &&
           copy_indexes(arena, spec) && copy_tags(arena, spec) && copy_schemas(arena, spec) &&
           copy_vectors(arena, spec) &&
           arena_copy(arena, spec->ttl_attribute, &spec->ttl_attribute);
}

static struct table_live *live_share(const struct mem *mem, struct table_live *live)
{
    if (live == NULL) return live_new(mem);
    atomic_fetch_add(&live->versions, 1);
    return live;
}

/* The live part of index `number` in `older`, or NULL. */
static struct table_live *find_live(const struct table *older, uint32_t number)
{
    if (older == NULL) return NULL;
    const struct table_index *index = table_find_number(older, number);
    return index == NULL ? NULL : index->live;
}

static bool share_lives(struct table *table, const struct table *older)
{
    const struct mem *mem = table->own->mem;
    table->live = live_share(mem, older == NULL ? NULL : older->live);
    bool whole = table->live != NULL;
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        struct table_index *index = &table->spec.indexes[i];
        index->live = live_share(mem, find_live(older, index->number));
        whole = whole && index->live != NULL;
    }
    return whole;
}

static void drop_lives(const struct table *table)
{
    const struct mem *mem = table->own->mem;
    live_drop(mem, table->live);
    for (uint8_t i = 0; i < table->spec.index_count; i++)
        live_drop(mem, table->spec.indexes[i].live);
}

/* Finish a table whose spans and indexes point elsewhere: copy them, and share the live parts of
 * `older` (NULL: have new ones). Consumes `table` on failure. */
static status table_settle(struct table *table, const struct table *older, struct table **out)
{
    if (!copy_spans(table)) {
        own_free(table->own);
        return ST_NO_MEMORY;
    }
    if (!share_lives(table, older)) {
        drop_lives(table);
        own_free(table->own);
        return ST_NO_MEMORY;
    }
    *out = table;
    return ST_OK;
}

status table_from_spec(const struct mem *mem, const struct table_spec *spec,
                       const struct table_identity *identity, struct table **out)
{
    assert(spec->key.partition_count >= 1);
    assert(spec->vector_count == 0);
    struct table *table = table_new(mem);
    if (table == NULL) return ST_NO_MEMORY;
    table->spec = *spec;
    table->space = identity->space;
    memcpy(table->id, identity->id, sizeof table->id);
    table->number = identity->number;
    table->created_ms = identity->created_ms;
    table->status = TABLE_CREATING;
    if (spec->billing == TABLE_PAY_PER_REQUEST) table->billing_changed_ms = identity->created_ms;
    TRY(table_settle(table, NULL, out));
    for (uint8_t i = 0; i < spec->index_count; i++)
        table->spec.indexes[i].number = identity->number + 1 + i;
    table_warm_settle(table);
    return ST_OK;
}

status table_clone(const struct mem *mem, const struct table *table, struct table **out)
{
    struct table *copy = table_new(mem);
    if (copy == NULL) return ST_NO_MEMORY;
    struct table_own *own = copy->own;
    *copy = *table;
    copy->own = own;
    return table_settle(copy, table, out);
}

void table_adopt(struct table *table, const struct table *older)
{
    assert(table->live == older->live);
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        struct table_index *index = &table->spec.indexes[i];
        struct table_live *live = find_live(older, index->number);
        if (live == NULL || live == index->live) continue;
        live_drop(table->own->mem, index->live);
        index->live = live_share(table->own->mem, live);
    }
}

const struct table *table_hold(const struct table *table)
{
    atomic_fetch_add(&table->own->readers, 1);
    return table;
}

void table_drop(const struct table *table)
{
    if (table == NULL || atomic_fetch_sub(&table->own->readers, 1) > 1) return;
    drop_lives(table);
    own_free(table->own);
}

/* ---- warm throughput */

static uint64_t greater(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void table_warm_raise(struct table_warm *warm, uint64_t read_units, uint64_t write_units)
{
    warm->read_units = greater(warm->read_units, read_units);
    warm->write_units = greater(warm->write_units, write_units);
}

static void warm_settle(struct table_warm *warm, table_billing billing,
                        const struct table_throughput *throughput)
{
    table_warm_raise(warm, throughput->read_units, throughput->write_units);
    if (billing == TABLE_PAY_PER_REQUEST)
        table_warm_raise(warm, TABLE_WARM_READ_UNITS, TABLE_WARM_WRITE_UNITS);
}

void table_warm_settle(struct table *table)
{
    struct table_spec *spec = &table->spec;
    warm_settle(&spec->warm, spec->billing, &spec->throughput);
    for (uint8_t i = 0; i < spec->index_count; i++) {
        struct table_index *index = &spec->indexes[i];
        if (index->global) warm_settle(&index->warm, spec->billing, &index->throughput);
    }
}

/* ---- indexes */

const struct table_index *table_find_index(const struct table *table, struct span name)
{
    for (uint8_t i = 0; i < table->spec.index_count; i++)
        if (span_eq(table->spec.indexes[i].name, name)) return &table->spec.indexes[i];
    return NULL;
}

const struct table_index *table_find_number(const struct table *table, uint32_t number)
{
    for (uint8_t i = 0; i < table->spec.index_count; i++)
        if (table->spec.indexes[i].number == number) return &table->spec.indexes[i];
    return NULL;
}

bool table_key_has(const struct table_key *key, struct span name)
{
    for (uint8_t i = 0; i < key->partition_count; i++)
        if (span_eq(key->partition[i].name, name)) return true;
    for (uint8_t i = 0; i < key->sort_count; i++)
        if (span_eq(key->sort[i].name, name)) return true;
    return false;
}

bool table_projects(const struct table *table, const struct table_index *index, struct span name)
{
    if (index->projection == TABLE_PROJECT_ALL) return true;
    if (table_key_has(&table->spec.key, name) || table_key_has(&index->key, name)) return true;
    for (uint8_t i = 0; i < index->included_count; i++)
        if (span_eq(index->included[i], name)) return true;
    return false;
}

enum { INDEXES_MAX = LIMIT_GLOBAL_INDEXES + LIMIT_LOCAL_INDEXES };

/* A copy of `table` with these `indexes` in place of its own. */
static status clone_with(const struct mem *mem, const struct table *table,
                         struct table_index *indexes, uint8_t count, struct table **out)
{
    struct table changed = *table;
    changed.spec.indexes = indexes;
    changed.spec.index_count = count;
    return table_clone(mem, &changed, out);
}

status table_with_index(const struct mem *mem, const struct table *table,
                        const struct table_index *index, struct table **out)
{
    struct table_index indexes[INDEXES_MAX];
    const uint8_t count = table->spec.index_count;
    assert(count < INDEXES_MAX);
    memcpy(indexes, table->spec.indexes, count * sizeof indexes[0]);
    indexes[count] = *index;
    return clone_with(mem, table, indexes, count + 1, out);
}

status table_without_index(const struct mem *mem, const struct table *table, struct span name,
                           struct table **out)
{
    struct table_index indexes[INDEXES_MAX];
    uint8_t count = 0;
    for (uint8_t i = 0; i < table->spec.index_count; i++)
        if (!span_eq(table->spec.indexes[i].name, name)) indexes[count++] = table->spec.indexes[i];
    return clone_with(mem, table, indexes, count, out);
}

/* ---- vector indexes */

const struct table_vectors *table_find_vectors(const struct table *table, struct span name)
{
    for (uint8_t i = 0; i < table->spec.vector_count; i++)
        if (span_eq(table->spec.vectors[i].name, name)) return &table->spec.vectors[i];
    return NULL;
}

const struct table_vectors *table_find_vectors_number(const struct table *table, uint32_t number)
{
    for (uint8_t i = 0; i < table->spec.vector_count; i++)
        if (table->spec.vectors[i].number == number) return &table->spec.vectors[i];
    return NULL;
}

static status clone_with_vectors(const struct mem *mem, const struct table *table,
                                 const struct table_vectors *vectors, uint8_t count,
                                 struct table **out)
{
    struct table changed = *table;
    changed.spec.vectors = vectors;
    changed.spec.vector_count = count;
    return table_clone(mem, &changed, out);
}

status table_with_vectors(const struct mem *mem, const struct table *table,
                          const struct table_vectors *vectors, struct table **out)
{
    struct table_vectors all[LIMIT_VECTOR_INDEXES];
    uint8_t count = table->spec.vector_count, at = 0;
    for (uint8_t i = 0; i < count; i++) all[i] = table->spec.vectors[i];
    while (at < count && all[at].number != vectors->number) at++;
    if (at == count) count++;
    assert(count <= LIMIT_VECTOR_INDEXES);
    all[at] = *vectors;
    return clone_with_vectors(mem, table, all, count, out);
}

status table_without_vectors(const struct mem *mem, const struct table *table, struct span name,
                             struct table **out)
{
    struct table_vectors left[LIMIT_VECTOR_INDEXES];
    uint8_t count = 0;
    for (uint8_t i = 0; i < table->spec.vector_count; i++)
        if (!span_eq(table->spec.vectors[i].name, name)) left[count++] = table->spec.vectors[i];
    return clone_with_vectors(mem, table, left, count, out);
}

/* ---- for table_form.c */

status table_own_new(const struct mem *mem, struct table **out)
{
    *out = table_new(mem);
    return *out == NULL ? ST_NO_MEMORY : ST_OK;
}

status table_own_settle(struct table *table, const struct table *older, struct table **out)
{
    return table_settle(table, older, out);
}

void table_own_discard(struct table *table)
{
    own_free(table->own);
}

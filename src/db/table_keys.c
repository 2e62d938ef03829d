/* table_keys.c -- see table_keys.h. A handful of tables: a list is enough. */
#include "db/table_keys.h"

#include "db/action.h"
#include "db/answer.h"
#include "db/call.h"

enum { KEPT_BYTES_MAX = 256 << 10 };

struct known {
    struct span table;
    struct table_keys keys;
    struct known *next;
};

struct key_cache {
    struct arena arena;
    struct known *first;
};

status table_keys_new(struct key_cache **out, struct error *err)
{
    struct key_cache *cache = mem_new(mem_heap(), sizeof *cache);
    if (cache == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    arena_init(&cache->arena, mem_heap(), KEPT_BYTES_MAX);
    *out = cache;
    return ST_OK;
}

void table_keys_free(struct key_cache *cache)
{
    if (cache == NULL) return;
    arena_deinit(&cache->arena);
    mem_free(mem_heap(), cache, sizeof *cache);
}

static void forget(struct key_cache *cache)
{
    arena_reset(&cache->arena);
    cache->first = NULL;
}

void table_keys_forget(stator *db)
{
    mutex_lock(&db->lock);
    forget(db->keys);
    mutex_unlock(&db->lock);
}

/* ---- one table */

static bool copy_keys(struct arena *arena, const struct table_keys *keys, struct table_keys *out)
{
    return arena_copy(arena, keys->partition, &out->partition) &&
           arena_copy(arena, keys->sort, &out->sort);
}

static bool find(stator *db, struct arena *arena, struct span table, struct table_keys *out)
{
    mutex_lock(&db->lock);
    const struct known *known = db->keys->first;
    while (known != NULL && !span_eq(known->table, table)) known = known->next;
    const bool found = known != NULL && copy_keys(arena, &known->keys, out);
    mutex_unlock(&db->lock);
    return found;
}

/* What there is no room for is asked for again: nothing depends on its being kept. */
static void remember(stator *db, struct span table, const struct table_keys *keys)
{
    mutex_lock(&db->lock);
    struct key_cache *cache = db->keys;
    struct known *known = arena_new(&cache->arena, struct known);
    const bool is_kept = known != NULL && arena_copy(&cache->arena, table, &known->table) &&
                         copy_keys(&cache->arena, keys, &known->keys);
    if (is_kept) {
        known->next = cache->first;
        cache->first = known;
    } else {
        forget(cache);
    }
    mutex_unlock(&db->lock);
}

static struct span name_at(struct value schema, uint32_t index)
{
    struct value element = {0};
    if (schema.type == VALUE_NONE || !value_at(schema, index, &element)) return (struct span){0};
    return answer_member(element, "AttributeName", VALUE_S).body;
}

/* HASH stands first in a KeySchema. */
static struct table_keys keys_of(struct value answer)
{
    const struct value table = answer_member(answer, "Table", VALUE_M);
    const struct value schema = answer_member(table, "KeySchema", VALUE_L);
    return (struct table_keys){name_at(schema, 0), name_at(schema, 1)};
}

static status describe(stator *db, struct turn *turn, const char *table, struct table_keys *out)
{
    struct request request;
    struct call_spec spec = {
        .operation = "DescribeTable",
        .table = table,
        .arena = &turn->scratch,
    };
    request_begin(&request, &turn->scratch);
    TRY(action_table(db, turn, table, &request));
    TRY(request_finish(&request, &spec.request, &turn->err));
    TRY(call_make(db, turn, &spec));
    *out = keys_of(spec.answer);
    if (out->partition.len > 0) return ST_OK;
    return FAIL(&turn->err, ST_PROTOCOL, "DescribeTable tells no key of table \"%s\"", table);
}

status table_keys_find(stator *db, struct turn *turn, const char *table, struct table_keys *out)
{
    if (table == NULL) return FAIL(&turn->err, ST_MISUSE, "the name of the table is NULL");
    if (find(db, &turn->scratch, span_of(table), out)) return ST_OK;
    TRY(describe(db, turn, table, out));
    remember(db, span_of(table), out);
    return ST_OK;
}

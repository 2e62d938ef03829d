/* upkeep.c -- what keeps a database in shape while it is used: copies, compaction, statistics.
 *
 * The work is the store's. The engine adds what only it knows: counts, which are saved before a
 * copy is made so that they are exact in it when nobody writes, and tables.
 */
#include "engine/engine_own.h"
#include "engine/gallery.h"

status engine_backup(struct engine *engine, const char *dir, struct error *err)
{
    engine_own_save_all_counts(engine);
    return store_backup(engine->store, dir, err);
}

void engine_compact(struct engine *engine)
{
    store_compact(engine->store);
}

/* ---- statistics */

enum { TABLES_AT_ONCE = 64 };

static void count_entries(const struct table_spec *spec, struct engine_table_stats *out)
{
    for (uint8_t i = 0; i < spec->index_count; i++) {
        out->entry_count += atomic_load(&spec->indexes[i].live->item_count);
        out->entry_bytes += atomic_load(&spec->indexes[i].live->item_bytes);
    }
}

static status describe(const struct table *table, struct arena *arena,
                       struct engine_table_stats *out)
{
    *out = (struct engine_table_stats){
        .item_count = atomic_load(&table->live->item_count),
        .item_bytes = atomic_load(&table->live->item_bytes),
        .index_count = table->spec.index_count,
    };
    count_entries(&table->spec, out);
    return arena_copy(arena, table->spec.name, &out->name) ? ST_OK : ST_NO_MEMORY;
}

static status make_room(struct engine_stats *stats, uint32_t more, struct arena *arena)
{
    const size_t unit = sizeof *stats->tables;
    struct engine_table_stats *tables =
        mem_resize(arena_mem(arena), stats->tables, stats->table_count * unit,
                   (stats->table_count + more) * unit);
    if (tables == NULL) return ST_NO_MEMORY;
    stats->tables = tables;
    return ST_OK;
}

static status describe_all(const struct table *const *tables, uint32_t count, struct arena *arena,
                           struct engine_stats *stats)
{
    TRY(make_room(stats, count, arena));
    for (uint32_t i = 0; i < count; i++)
        TRY(describe(tables[i], arena, &stats->tables[stats->table_count++]));
    return ST_OK;
}

/* The tables of the space after the last one described; *more says that there were some. */
static status describe_next(const struct engine_space *space, struct arena *arena,
                            struct engine_stats *stats, bool *more)
{
    const struct table *tables[TABLES_AT_ONCE];
    struct catalog_name start = {.space = space->name};
    if (stats->table_count > 0) start.name = stats->tables[stats->table_count - 1].name;
    const uint32_t count = catalog_list(space->engine->catalog, start, tables, TABLES_AT_ONCE);
    *more = count > 0;
    const status st = *more ? describe_all(tables, count, arena, stats) : ST_OK;
    for (uint32_t i = 0; i < count; i++) table_drop(tables[i]);
    return st;
}

status engine_stats(const struct engine_space *space, struct engine_stats *out, struct arena *arena,
                    struct error *err)
{
    struct engine *engine = space->engine;
    bool more = true;
    *out = (struct engine_stats){.snapshots = engine_own_snapshot_count(engine)};
    const struct gallery_counts vectors = gallery_count(engine->gallery);
    store_stats(engine->store, &out->store);
    out->vectors = vectors.vectors;
    out->vector_bytes = vectors.bytes;
    while (more) TRY_PLAIN(err, describe_next(space, arena, out, &more));
    return ST_OK;
}

/* fill_kind.c -- see fill_kind.h. An index comes first: writes wait for none of them, but readers
 * wait for the index.
 */
#include "engine/fill_kind.h"

#include "engine/expiry.h"
#include "engine/vector_entry.h"

/* ---- an index */

static bool index_is_wanted(struct fill_step *step)
{
    struct table *table = step->table;
    step->index = NULL;
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        struct table_index *index = &table->spec.indexes[i];
        if (index->number == step->target->number) step->index = index;
    }
    return step->index != NULL;
}

static status stage_entry(struct fill_step *step, struct span key, const struct item *item)
{
    const struct item_key_home home = {step->table, step->index};
    const struct index_work work = {step->txn, step->engine->hash, home, step->arena};
    struct index_delta delta;
    (void)key;
    TRY(index_fill(&work, item->attributes, &delta));
    step->added.items_added += delta.items_added;
    step->added.bytes_added += delta.bytes_added;
    return ST_OK;
}

static status save_index(const struct fill_step *step)
{
    return engine_own_save_counts_with(step->txn, step->index, &step->added);
}

static bool all_active(const struct table *table)
{
    for (uint8_t i = 0; i < table->spec.index_count; i++)
        if (table->spec.indexes[i].status != TABLE_ACTIVE) return false;
    return true;
}

static status complete_index(struct fill_step *step)
{
    step->index->status = TABLE_ACTIVE;
    step->index->backfilling = false;
    if (all_active(step->table)) step->table->status = TABLE_ACTIVE;
    return ST_OK;
}

static void settle_index(const struct fill_target *target, const struct index_delta *added)
{
    index_settle(target->index, added);
}

static void show_index(const struct fill_target *target)
{
    atomic_store(&target->index->live->filled, true); /* LG1 */
}

static const struct fill_kind kind_index = {
    "index", index_is_wanted, stage_entry, save_index, complete_index, settle_index, show_index};

static status save_nothing(const struct fill_step *step)
{
    (void)step;
    return ST_OK;
}

static void settle_nothing(const struct fill_target *target, const struct index_delta *added)
{
    (void)target;
    (void)added;
}

static void show_nothing(const struct fill_target *target)
{
    (void)target;
}

/* ---- a vector index, which nobody counts, and which is in no memory before it is complete */

static bool vectors_are_wanted(struct fill_step *step)
{
    step->index = NULL;
    return table_find_vectors_number(step->table, step->target->number) != NULL;
}

static status stage_vector(struct fill_step *step, struct span key, const struct item *item)
{
    const struct table_vectors *vectors =
        table_find_vectors_number(step->table, step->target->number);
    const struct vector_entry_work work = {step->txn, step->table, key, step->arena};
    return vector_entry_fill(&work, vectors, item->attributes);
}

static status complete_vectors(struct fill_step *step)
{
    struct table *before = step->table;
    struct table_vectors vectors = *table_find_vectors_number(before, step->target->number);
    vectors.status = TABLE_ACTIVE;
    TRY(table_with_vectors(step->engine->mem, before, &vectors, &step->table));
    table_drop(before);
    return ST_OK;
}

static const struct fill_kind kind_vectors = {"vector index", vectors_are_wanted, stage_vector,
                                              save_nothing,   complete_vectors,   settle_nothing,
                                              show_nothing};

/* ---- expiry entries, which nobody counts and only sweep.c reads */

static bool expiry_is_wanted(struct fill_step *step)
{
    step->index = NULL;
    return step->table->ttl_filling == step->target->number;
}

static status stage_expiry(struct fill_step *step, struct span key, const struct item *item)
{
    const struct index_images images = {.after = item->attributes};
    return expiry_stage(step->txn, step->table, key, &images, step->arena);
}

static status complete_expiry(struct fill_step *step)
{
    step->table->ttl_filling = 0;
    return ST_OK;
}

static const struct fill_kind kind_expiry = {"time to live", expiry_is_wanted, stage_expiry,
                                             save_nothing,   complete_expiry,  settle_nothing,
                                             show_nothing};

/* ---- finding */

bool fill_kind_find(const struct table *table, struct fill_target *out)
{
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        const struct table_index *index = &table->spec.indexes[i];
        if (index->status != TABLE_CREATING) continue;
        *out = (struct fill_target){&kind_index, table, index, NULL, index->number};
        return true;
    }
    for (uint8_t i = 0; i < table->spec.vector_count; i++) {
        const struct table_vectors *vectors = &table->spec.vectors[i];
        if (vectors->status != TABLE_CREATING) continue;
        *out = (struct fill_target){&kind_vectors, table, NULL, vectors, vectors->number};
        return true;
    }
    *out = (struct fill_target){&kind_expiry, table, NULL, NULL, table->ttl_filling};
    return table->ttl_filling != 0;
}

/* nearest.c -- the items whose vectors are nearest: candidates from memory, judged in the store.
 *
 *     1  the gallery names candidates, `oversample` for each item that is wanted
 *     2  in one state of the store, each is looked at: its vector and its item are there,
 *        it has not expired, the filter holds
 *     3  those left are put in the order of their distances, computed anew from the store's
 *        vectors, and the first are copied
 *     4  too few, and there are more vectors: once more from 1, with WIDENING times as many
 *
 * The state is one of after the candidates were named, so nothing is answered that was deleted
 * before, and nothing that is not durable (GA1). From a fourth of all vectors on the gallery looks
 * at all of them (V2 of vector.h), so a filter that few items pass ends in a walk over all, as it
 * does in a Scan.
 */
#include <assert.h>

#include "base/sort.h"
#include "engine/component.h"
#include "engine/engine_own.h"
#include "engine/expiry.h"
#include "engine/gallery.h"
#include "table/item_key.h"

enum {
    OVERSAMPLE = 3,
    WIDENING = 4,
    SCRATCH_BYTES_MAX = 1 << 30, /* the keys of all vectors, if need be */
    ITEM_ARENA_BYTES_MAX = 1 << 20,
};

/* A candidate that passed. */
struct hit {
    double distance;
    struct span item_key;
};

struct nearest_run {
    const struct engine_space *space;
    struct engine_nearest *nearest;
    struct arena *arena;
    struct error *err;
    struct gallery_place place;
    struct expiry_moment now;
    struct arena scratch; /* of one round */
    struct arena judging; /* of one candidate */
    struct vector_search search;
    struct hit *hits;
    uint32_t hit_count;
    uint32_t *order; /* of hits, the nearest first */
};

/* ---- judging */

/* Does the item at `key` count? *found says whether it is there at all. */
static status judge_item(struct nearest_run *run, struct store_view *view, struct span key,
                         bool *counts)
{
    struct span stored = {0};
    struct item item = {0};
    bool found = false;
    *counts = false;
    TRY(store_view_get(view, key, &stored, &found));
    if (!found) return ST_OK;
    TRY(item_view(stored, &item));
    if (expiry_hides(run->now, run->place.table, item.attributes)) return ST_OK;
    *counts = run->nearest->filter == NULL || expr_holds(run->nearest->filter, &item);
    return ST_OK;
}

static status judge(struct nearest_run *run, struct store_view *view, struct span entry)
{
    struct span stored = {0};
    struct hit hit = {0};
    const float *values = NULL;
    bool found = false, counts = false;
    TRY(store_view_get(view, entry, &stored, &found));
    if (!found) return ST_OK; /* deleted since it was named */
    TRY(vector_entry_read(run->place.vectors, stored, &run->judging, &values));
    hit.distance = vector_distance(run->place.vectors->kind, values, run->nearest->values);
    TRY(item_key_of_vector(run->place.table, entry, &run->scratch, &hit.item_key));
    TRY(judge_item(run, view, hit.item_key, &counts));
    if (counts) run->hits[run->hit_count++] = hit;
    return ST_OK;
}

static int by_distance(const void *ctx, uint32_t a, uint32_t b)
{
    const struct hit *hits = ctx;
    if (hits[a].distance < hits[b].distance) return -1;
    if (hits[a].distance > hits[b].distance) return 1;
    return span_compare(hits[a].item_key, hits[b].item_key);
}

static status judge_all(struct nearest_run *run, struct store_view *view)
{
    const struct vector_search *search = &run->search;
    run->hit_count = 0;
    run->hits = arena_new_array(&run->scratch, search->count, struct hit);
    run->order = arena_new_array(&run->scratch, search->count, uint32_t);
    if (run->hits == NULL || run->order == NULL) return ST_NO_MEMORY;
    for (uint32_t i = 0; i < search->count; i++) {
        arena_reset(&run->judging);
        TRY(judge(run, view, search->keys[i]));
        store_view_forget(view);
    }
    run->nearest->judged += search->count;
    for (uint32_t i = 0; i < run->hit_count; i++) run->order[i] = i;
    sort_numbers(run->order, run->hit_count, by_distance, run->hits);
    return ST_OK;
}

/* ---- answering */

static bool is_enough(const struct nearest_run *run)
{
    return run->hit_count >= run->nearest->limit || run->search.exhausted;
}

static status copy_item(struct nearest_run *run, struct store_view *view, struct span key,
                        struct value *out)
{
    struct span stored = {0};
    struct item item = {0};
    bool found = false;
    TRY(store_view_get(view, key, &stored, &found));
    if (!found) return ST_CORRUPT; /* it was there a moment ago, in this state */
    TRY(item_view(stored, &item));
    if (run->nearest->projection == NULL) return engine_own_copy(run->arena, item.attributes, out);
    return expr_project(run->nearest->projection, item.attributes, run->arena, out);
}

static status answer(struct nearest_run *run, struct store_view *view)
{
    struct engine_nearest *nearest = run->nearest;
    const bool more_is_nearer = run->place.vectors->kind.metric == VECTOR_DOT_PRODUCT;
    const uint32_t count = run->hit_count < nearest->limit ? run->hit_count : nearest->limit;
    nearest->items = arena_new_array(run->arena, count, struct value);
    nearest->scores = arena_new_array(run->arena, count, double);
    if (nearest->items == NULL || nearest->scores == NULL) return ST_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        const struct hit *hit = &run->hits[run->order[i]];
        TRY(copy_item(run, view, hit->item_key, &nearest->items[i]));
        store_view_forget(view);
        nearest->scores[i] = more_is_nearer ? -hit->distance : hit->distance;
    }
    nearest->count = count;
    return ST_OK;
}

static status look_in_view(struct store_view *view, void *ctx)
{
    struct nearest_run *run = ctx;
    TRY(judge_all(run, view));
    return is_enough(run) ? answer(run, view) : ST_OK;
}

/* ---- the rounds */

static uint32_t first_width(const struct engine_nearest *nearest)
{
    const double oversample = nearest->oversample > 0 ? nearest->oversample : (double)OVERSAMPLE;
    const double wanted = (double)nearest->limit * oversample;
    if (wanted >= (double)UINT32_MAX) return UINT32_MAX;
    return wanted > (double)nearest->limit ? (uint32_t)wanted : nearest->limit;
}

static status run_rounds(struct nearest_run *run)
{
    uint32_t wanted = first_width(run->nearest);
    for (;;) {
        arena_reset(&run->scratch);
        run->search = (struct vector_search){.values = run->nearest->values, .wanted = wanted};
        TRY(gallery_search(run->space, run->place, &run->search, &run->scratch));
        run->nearest->compared += run->search.compared;
        TRY(engine_own_read(run->space, look_in_view, run));
        if (is_enough(run)) return ST_OK;
        wanted = wanted < UINT32_MAX / WIDENING ? wanted * WIDENING : UINT32_MAX;
    }
}

/* ---- checking */

static status fail_limit(const struct engine_nearest *nearest, struct error *err)
{
    return FAIL(err, ST_VALIDATION,
                "Provided TopK value '%u' is out of valid range. The value must be between 1 and "
                "%d inclusive",
                (unsigned)nearest->limit, LIMIT_VECTOR_TOP);
}

static status fail_values(struct error *err)
{
    return FAIL(err, ST_VALIDATION,
                "Search vector contains invalid values. All values in the search vector must be a "
                "32-bit floating-point number attribute");
}

static status check_values(const struct nearest_run *run)
{
    const struct engine_nearest *nearest = run->nearest;
    const uint32_t dimensions = run->place.vectors->kind.dimensions;
    if (nearest->dimensions != dimensions)
        return FAIL(run->err, ST_VALIDATION,
                    "Input search vector dimension %u does not match vector index dimension %u",
                    (unsigned)nearest->dimensions, (unsigned)dimensions);
    for (uint32_t i = 0; i < dimensions; i++)
        if (!component_is_finite(nearest->values[i])) return fail_values(run->err);
    return ST_OK;
}

static status find_vectors(struct nearest_run *run)
{
    const struct span name = run->nearest->index_name;
    const struct table_vectors *vectors = table_find_vectors(run->place.table, name);
    run->place.vectors = vectors;
    if (vectors == NULL)
        return FAIL(run->err, ST_VALIDATION, "The table does not have the specified index: %.*s",
                    SPAN_ARG(name));
    if (vectors->status != TABLE_ACTIVE)
        return FAIL(run->err, ST_VALIDATION, "Cannot read from backfilling vector index: %.*s",
                    SPAN_ARG(name));
    return ST_OK;
}

static status with_table(struct nearest_run *run)
{
    const struct engine_nearest *nearest = run->nearest;
    if (nearest->limit == 0 || nearest->limit > LIMIT_VECTOR_TOP)
        return fail_limit(nearest, run->err);
    TRY(find_vectors(run));
    TRY(check_values(run));
    TRY(engine_own_check_paths(run->place.table, nearest->projection, run->err));
    TRY(engine_own_check_paths(run->place.table, nearest->filter, run->err));
    run->now = expiry_moment_in(run->space);
    TRY_PLAIN(run->err, run_rounds(run));
    return ST_OK;
}

status engine_nearest(const struct engine_space *space, struct engine_nearest *nearest,
                      struct arena *arena, struct error *err)
{
    struct nearest_run run = {.space = space, .nearest = nearest, .arena = arena, .err = err};
    nearest->count = 0;
    nearest->compared = nearest->judged = 0;
    TRY(engine_own_table(space, nearest->table_name, &run.place.table, err));
    arena_init(&run.scratch, space->engine->mem, SCRATCH_BYTES_MAX);
    arena_init(&run.judging, space->engine->mem, ITEM_ARENA_BYTES_MAX);
    const status st = with_table(&run);
    arena_deinit(&run.judging);
    arena_deinit(&run.scratch);
    table_drop(run.place.table);
    return st;
}

status engine_nearest_values(struct engine_nearest *nearest, struct value list, struct arena *arena,
                             struct error *err)
{
    struct value_cursor cursor = value_walk(list);
    struct value element = {0};
    uint32_t at = 0;
    if (list.type != VALUE_L) return fail_values(err);
    const uint32_t count = value_count(list);
    float *values = arena_new_array(arena, count, float);
    if (values == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    for (; at < count && value_next_element(&cursor, &element); at++)
        if (element.type != VALUE_N || !component_read(element.body, &values[at]))
            return fail_values(err);
    nearest->values = values;
    nearest->dimensions = at;
    return ST_OK;
}

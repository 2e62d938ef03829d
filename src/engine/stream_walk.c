/* stream_walk.c -- see stream_walk.h.
 *
 * One look:
 *
 *     shards   their last positions as of one moment; `end` is the greatest of them. All records up
 *              to `end` are committed, and can be read from now on.
 *     read     each shard that has something up to its last position. One whose share of the bytes
 *              was not enough ends earlier, and what comes after that in others has to wait.
 *     merge    what was read up to there, by position
 *
 * Records that others commit meanwhile come after `end` and are the next look's.
 */
#include "engine/stream_walk.h"

#include <string.h>

#include "base/limits.h"
#include "base/sort.h"

enum { SHARDS_AT_ONCE = 256, FIRST_MARKS = 4 };

static struct engine_position later(struct engine_position a, struct engine_position b)
{
    return engine_stream_compare(a, b) < 0 ? b : a;
}

static bool is_before(struct engine_position a, struct engine_position b)
{
    return engine_stream_compare(a, b) < 0;
}

/* ---- shards */

struct shards {
    struct engine_shard *all;
    uint32_t count;
    struct engine_position end;
    bool has_open;
};

/* The shards after number `after`, as of one moment where they fit one answer. */
static status list_shards(const struct engine_space *space, uint32_t stream, uint32_t after,
                          struct arena *scratch, struct shards *out)
{
    struct engine_shards list = {.stream = stream, .after = after, .limit = SHARDS_AT_ONCE};
    TRY(engine_stream_shards(space, &list, scratch));
    while (list.more) {
        list.limit *= 2;
        TRY(engine_stream_shards(space, &list, scratch));
    }
    *out = (struct shards){.all = list.shards, .count = list.count};
    for (uint32_t i = 0; i < list.count; i++) {
        out->end = later(out->end, list.shards[i].last);
        out->has_open = out->has_open || list.shards[i].open;
    }
    return ST_OK;
}

status stream_walk_latest(const struct engine_space *space, uint32_t stream, struct arena *scratch,
                          struct engine_position *out)
{
    struct shards shards;
    TRY(list_shards(space, stream, 0, scratch, &shards));
    *out = shards.end;
    return ST_OK;
}

/* ---- marks */

static struct stream_walk_mark *find_mark(const struct stream_walk *walk, uint32_t shard)
{
    for (uint32_t i = 0; i < walk->mark_count; i++)
        if (walk->marks[i].shard == shard) return &walk->marks[i];
    return NULL;
}

static status make_room(struct stream_walk *walk)
{
    if (walk->mark_count < walk->mark_room) return ST_OK;
    const uint32_t room = walk->mark_room == 0 ? FIRST_MARKS : walk->mark_room * 2;
    struct stream_walk_mark *marks = arena_alloc_array(walk->arena, room, sizeof *marks);
    if (marks == NULL) return ST_NO_MEMORY;
    if (walk->mark_count > 0) memcpy(marks, walk->marks, walk->mark_count * sizeof *marks);
    walk->marks = marks;
    walk->mark_room = room;
    return ST_OK;
}

/* Has nothing been passed yet? Then what is not kept any more is nothing that is missed. */
static bool is_at_horizon(const struct stream_walk *walk)
{
    return walk->position.sequence == 0;
}

/* A shard that was not there at the first look goes on where its parent ended: it is read whole,
 * and what of it has gone by then is missed. */
static status add_mark(struct stream_walk *walk, const struct engine_shard *shard)
{
    const bool is_whole = walk->has_begun && !is_at_horizon(walk);
    TRY(make_room(walk));
    walk->marks[walk->mark_count++] = (struct stream_walk_mark){
        .shard = shard->number,
        .after = is_whole ? engine_stream_before(shard->first) : walk->position,
    };
    return ST_OK;
}

static bool is_listed(const struct shards *shards, uint32_t number)
{
    for (uint32_t i = 0; i < shards->count; i++)
        if (shards->all[i].number == number) return true;
    return false;
}

/* Has a shard's parent gone, with records that were not passed? One that came and went between two
 * looks may have had some. */
static bool lacks_parent(const struct stream_walk *walk, const struct shards *shards,
                         const struct engine_shard *shard)
{
    if (shard->parent <= walk->passed_shards || is_listed(shards, shard->parent)) return false;
    const struct stream_walk_mark *mark = find_mark(walk, shard->parent);
    if (mark != NULL) return !mark->is_closed || is_before(mark->after, mark->last);
    if (is_at_horizon(walk) || find_mark(walk, shard->number) != NULL) return false;
    return walk->has_begun || is_before(walk->position, shard->first);
}

static status mark_one(struct stream_walk *walk, const struct shards *shards,
                       const struct engine_shard *shard)
{
    if (lacks_parent(walk, shards, shard)) return ST_TRIMMED;
    if (find_mark(walk, shard->number) == NULL) TRY(add_mark(walk, shard));
    struct stream_walk_mark *mark = find_mark(walk, shard->number);
    mark->is_closed = !shard->open;
    mark->last = shard->last;
    return ST_OK;
}

static status mark_all(struct stream_walk *walk, const struct shards *shards)
{
    for (uint32_t i = 0; i < shards->count; i++) TRY(mark_one(walk, shards, &shards->all[i]));
    walk->has_begun = true;
    return ST_OK;
}

static bool is_passed(const struct stream_walk *walk, const struct engine_shard *shard)
{
    return !is_before(find_mark(walk, shard->number)->after, shard->last);
}

/* Forget the marks of closed shards in front that have nothing more (SW2). */
static void forget_passed(struct stream_walk *walk, const struct shards *shards)
{
    uint32_t count = 0;
    while (count < shards->count && !shards->all[count].open &&
           is_passed(walk, &shards->all[count]))
        count++;
    if (count == 0) return;
    walk->passed_shards = shards->all[count - 1].number;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < walk->mark_count; i++)
        if (walk->marks[i].shard > walk->passed_shards) walk->marks[kept++] = walk->marks[i];
    walk->mark_count = kept;
}

/* ---- reading */

struct reading {
    struct engine_records *reads; /* of shards that have something */
    uint32_t count;
    struct engine_position end; /* what comes after it has to wait */
};

static uint32_t count_waiting(const struct stream_walk *walk, const struct shards *shards)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < shards->count; i++)
        if (!is_passed(walk, &shards->all[i])) count++;
    return count;
}

/* A shard in which nothing is found had nothing but records that are not kept any more. */
static status read_shard(struct stream_walk *walk, const struct engine_shard *shard,
                         uint64_t bytes_max, struct arena *scratch, struct reading *reading)
{
    struct engine_records *read = &reading->reads[reading->count++];
    struct stream_walk_mark *mark = find_mark(walk, shard->number);
    *read = (struct engine_records){
        .stream = walk->stream,
        .shard = shard->number,
        .after = mark->after,
        .limit = LIMIT_STREAM_RECORDS,
        .bytes_max = bytes_max,
    };
    TRY(engine_stream_read(&walk->space, read, scratch));
    if (read->count == 0)
        mark->after = shard->last;
    else if (is_before(read->next, shard->last) && is_before(read->next, reading->end))
        reading->end = read->next;
    return ST_OK;
}

static status read_all(struct stream_walk *walk, const struct shards *shards, uint64_t bytes_max,
                       struct arena *scratch, struct reading *reading)
{
    const uint32_t waiting = count_waiting(walk, shards);
    *reading = (struct reading){.end = shards->end};
    if (waiting == 0) return ST_OK;
    reading->reads = arena_alloc_array(scratch, waiting, sizeof *reading->reads);
    if (reading->reads == NULL) return ST_NO_MEMORY;
    for (uint32_t i = 0; i < shards->count; i++)
        if (!is_passed(walk, &shards->all[i]))
            TRY(read_shard(walk, &shards->all[i], bytes_max / waiting + 1, scratch, reading));
    return ST_OK;
}

/* ---- merging */

static int by_position(const void *ctx, uint32_t a, uint32_t b)
{
    const struct engine_record *const *records = ctx;
    return engine_stream_compare(records[a]->at, records[b]->at);
}

struct merge {
    const struct engine_record **records; /* shard after shard */
    uint32_t *shards;
    uint32_t *order;
    uint32_t count;
};

static status gather(const struct reading *reading, struct arena *scratch, struct merge *merge)
{
    size_t room = 0;
    for (uint32_t i = 0; i < reading->count; i++) room += reading->reads[i].count;
    merge->records = arena_alloc_array(scratch, room, sizeof(const struct engine_record *));
    merge->shards = arena_alloc_array(scratch, room, sizeof *merge->shards);
    merge->order = arena_alloc_array(scratch, room, sizeof *merge->order);
    if (merge->records == NULL || merge->shards == NULL || merge->order == NULL)
        return ST_NO_MEMORY;
    for (uint32_t i = 0; i < reading->count; i++) {
        const struct engine_records *read = &reading->reads[i];
        for (uint32_t j = 0; j < read->count && !is_before(reading->end, read->records[j].at);
             j++) {
            merge->records[merge->count] = &read->records[j];
            merge->shards[merge->count] = read->shard;
            merge->order[merge->count] = merge->count;
            merge->count++;
        }
    }
    return ST_OK;
}

static status merge_all(const struct reading *reading, struct arena *scratch,
                        struct stream_walk_look *look)
{
    struct merge merge = {0};
    if (reading->count == 0) return ST_OK;
    TRY(gather(reading, scratch, &merge));
    if (merge.count == 0) return ST_OK;
    look->records = arena_alloc_array(scratch, merge.count, sizeof(const struct engine_record *));
    look->shards = arena_alloc_array(scratch, merge.count, sizeof *look->shards);
    if (look->records == NULL || look->shards == NULL) return ST_NO_MEMORY;
    sort_numbers(merge.order, merge.count, by_position, merge.records);
    for (uint32_t i = 0; i < merge.count; i++) {
        look->records[i] = merge.records[merge.order[i]];
        look->shards[i] = merge.shards[merge.order[i]];
    }
    look->count = merge.count;
    return ST_OK;
}

/* ---- public */

void stream_walk_begin(struct stream_walk *walk, const struct engine_space *space, uint32_t stream,
                       struct engine_position after, struct arena *arena)
{
    *walk = (struct stream_walk){
        .space = *space,
        .stream = stream,
        .position = after,
        .arena = arena,
    };
}

status stream_walk_look(struct stream_walk *walk, struct arena *scratch,
                        struct stream_walk_look *look)
{
    struct shards shards;
    struct reading reading;
    look->count = 0;
    look->is_over = false;
    TRY(list_shards(&walk->space, walk->stream, walk->passed_shards, scratch, &shards));
    TRY(mark_all(walk, &shards));
    TRY(read_all(walk, &shards, look->bytes_max, scratch, &reading));
    TRY(merge_all(&reading, scratch, look));
    forget_passed(walk, &shards);
    look->is_over = look->count == 0 && !shards.has_open;
    return ST_OK;
}

void stream_walk_pass(struct stream_walk *walk, const struct stream_walk_look *look, uint32_t i)
{
    struct stream_walk_mark *mark = find_mark(walk, look->shards[i]);
    mark->after = look->records[i]->at;
    walk->position = look->records[i]->at;
}

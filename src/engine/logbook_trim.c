/* logbook_trim.c -- see logbook_trim.h.
 *
 *     marks        m1 ------- m2 ------- m3 ------- (last)
 *     time           14:00      14:15      14:30     14:41
 *
 * What stands before m2 is no younger than m2's time, and goes when m2 itself is old enough: m2 is
 * then the oldest mark. What stands behind the last mark goes when the last record is old enough.
 */
#include "engine/logbook_trim.h"

#include "engine/logbook.h"

enum { TRIM_ARENA_BYTES_MAX = 1 << 20 };

static struct logbook_form_key mark_key(struct logbook_trim_place place, struct engine_position at)
{
    return logbook_form_mark_key(place.stream, place.shard, at);
}

status logbook_trim_get_mark(struct store_txn *txn, struct logbook_trim_place place,
                             struct engine_position at, struct logbook_mark *out)
{
    const struct logbook_form_key key = mark_key(place, at);
    struct span stored = {0};
    bool found = false;
    TRY(store_txn_get(txn, logbook_form_span(&key), &stored, &found));
    return found ? logbook_form_read_mark(stored, out) : ST_CORRUPT;
}

/* ---- one shard */

static bool is_old(const struct logbook_trim *trim, uint64_t time_ms)
{
    return trim->now_ms >= time_ms && trim->now_ms - time_ms >= trim->keeps.age_ms_max;
}

/* Is what stands from `mark` on all that the shard has to keep? (D1) */
static bool is_enough(const struct logbook_trim *trim, const struct logbook_shard *shard,
                      const struct logbook_mark *mark)
{
    const struct engine_retention *keeps = &trim->keeps;
    return is_old(trim, mark->time_ms) ||
           (keeps->records_max > 0 && shard->records - mark->records >= keeps->records_max) ||
           (keeps->bytes_max > 0 && shard->bytes - mark->bytes >= keeps->bytes_max);
}

static status delete_mark(const struct logbook_trim *trim, struct engine_position at)
{
    const struct logbook_form_key key = mark_key(trim->place, at);
    return store_txn_delete(trim->txn, logbook_form_span(&key));
}

/* Stage the end of all records before `end` that are left. */
static status delete_before(const struct logbook_trim *trim, const struct logbook_shard *shard,
                            struct logbook_form_key end)
{
    const struct logbook_trim_place place = trim->place;
    const struct logbook_form_key begin =
        logbook_form_record_key(place.stream, place.shard, shard->trimmed);
    return store_txn_delete_range(
        trim->txn, (struct store_range){logbook_form_span(&begin), logbook_form_span(&end)});
}

/* Let `at` be the oldest mark that is left, and its record the oldest. */
static status trim_to(const struct logbook_trim *trim, struct logbook_shard *shard,
                      struct engine_position at, const struct logbook_mark *mark)
{
    const struct logbook_trim_place place = trim->place;
    TRY(delete_before(trim, shard, logbook_form_record_key(place.stream, place.shard, at)));
    shard->oldest_mark = at;
    shard->trimmed = mark->before;
    shard->trimmed_records = mark->records;
    shard->trimmed_bytes = mark->bytes;
    return ST_OK;
}

/* Follow the marks from the oldest to the newest at which enough is left. */
static status trim_by_marks(const struct logbook_trim *trim, struct logbook_shard *shard)
{
    struct engine_position at = shard->oldest_mark;
    struct logbook_mark mark = {0}, next = {0};
    if (at.sequence == 0) return ST_OK;
    TRY(logbook_trim_get_mark(trim->txn, trim->place, at, &mark));
    while (mark.next.sequence > 0) {
        TRY(logbook_trim_get_mark(trim->txn, trim->place, mark.next, &next));
        if (!is_enough(trim, shard, &next)) break;
        TRY(delete_mark(trim, at));
        at = mark.next;
        mark = next;
    }
    const bool moved = engine_stream_compare(at, shard->oldest_mark) != 0;
    return moved ? trim_to(trim, shard, at, &mark) : ST_OK;
}

/* All that is left is old: only the newest mark can be there yet, since it is older still. */
static status trim_all(const struct logbook_trim *trim, struct logbook_shard *shard)
{
    const struct logbook_trim_place place = trim->place;
    const struct logbook_form_key last =
        logbook_form_record_key(place.stream, place.shard, shard->last);
    TRY(delete_before(trim, shard, logbook_form_after(last)));
    TRY(delete_mark(trim, shard->oldest_mark));
    shard->oldest_mark = shard->newest_mark = (struct engine_position){0};
    shard->trimmed = shard->last;
    shard->trimmed_records = shard->records;
    shard->trimmed_bytes = shard->bytes;
    return ST_OK;
}

/* While a mark is being made its record is not there yet: then what is left is not all old, for the
 * mark is new, and is in the way of trim_all. */
status logbook_trim_shard(const struct logbook_trim *trim, struct logbook_shard *shard)
{
    TRY(trim_by_marks(trim, shard));
    const bool is_last = engine_stream_compare(shard->oldest_mark, shard->newest_mark) == 0;
    const bool has_last = engine_stream_compare(shard->newest_mark, shard->last) <= 0;
    if (shard->newest_mark.sequence == 0 || !is_last || !has_last) return ST_OK;
    return is_old(trim, shard->last_ms) ? trim_all(trim, shard) : ST_OK;
}

/* ---- one stream */

struct round {
    struct engine *engine;
    struct arena arena; /* of one run of the function */
    uint32_t number;
    const struct engine_retention *keeps; /* to be set first; or NULL */
    bool found;
};

static status end_kind(struct store_txn *txn, uint8_t kind, uint32_t stream)
{
    const struct logbook_form_key low = logbook_form_prefix(kind, stream);
    const struct logbook_form_key high = stream < UINT32_MAX
                                             ? logbook_form_prefix(kind, stream + 1)
                                             : logbook_form_prefix((uint8_t)(kind + 1), 0);
    return store_txn_delete_range(
        txn, (struct store_range){logbook_form_span(&low), logbook_form_span(&high)});
}

static status end_stream(struct store_txn *txn, uint32_t stream)
{
    static const uint8_t kinds[] = {'C', 'M', 'H'};
    const struct logbook_form_key key = logbook_form_stream_key(stream);
    for (size_t i = 0; i < sizeof kinds; i++) TRY(end_kind(txn, kinds[i], stream));
    return store_txn_delete(txn, logbook_form_span(&key));
}

/* A closed shard goes when its records have gone; an empty one when they would have. */
static bool is_over(const struct logbook_trim *trim, const struct logbook_shard *shard)
{
    return shard->closed_ms > 0 && is_old(trim, shard->closed_ms) &&
           shard->trimmed_records == shard->records;
}

static status end_shard(const struct logbook_trim *trim)
{
    const struct logbook_form_key key =
        logbook_form_shard_key(trim->place.stream, trim->place.shard);
    return store_txn_delete(trim->txn, logbook_form_span(&key));
}

/* *gone: there is no such shard any more. */
static status trim_one(const struct logbook_trim *trim, bool *gone)
{
    const struct logbook_trim_place place = trim->place;
    struct logbook_shard shard;
    bool found = false;
    TRY(logbook_get_shard(trim->txn, place.stream, place.shard, &shard, &found));
    *gone = !found;
    if (!found) return ST_OK;
    const uint64_t before = shard.trimmed_records;
    TRY(logbook_trim_shard(trim, &shard));
    *gone = is_over(trim, &shard);
    if (*gone) return end_shard(trim);
    return shard.trimmed_records == before
               ? ST_OK
               : logbook_put_shard(trim->txn, place.stream, place.shard, &shard);
}

/* Shards are numbered as they are made, so few are between the first and the next. */
static status trim_shards(struct logbook_trim *trim, struct logbook_stream *stream, bool *changed)
{
    for (uint32_t i = stream->first_shard; i < stream->next_shard; i++) {
        bool gone = false;
        trim->place.shard = i;
        TRY(trim_one(trim, &gone));
        if (!gone || i != stream->first_shard) continue;
        stream->first_shard = i + 1;
        *changed = true;
    }
    return ST_OK;
}

static void set_retention(struct logbook_stream *stream, const struct engine_retention *keeps)
{
    const uint64_t age_ms_max = keeps->age_ms_max;
    stream->retention = *keeps;
    if (age_ms_max == 0) stream->retention.age_ms_max = LOGBOOK_TRIM_AGE_MS;
}

static status trim_stream(struct store_txn *txn, void *ctx)
{
    struct round *round = ctx;
    struct logbook_stream stream;
    bool changed = round->keeps != NULL;
    arena_reset(&round->arena);
    TRY(logbook_get_stream(txn, round->number, &stream, &round->found));
    if (!round->found) return ST_OK;
    if (round->keeps != NULL) set_retention(&stream, round->keeps);
    struct logbook_trim trim = {.txn = txn,
                                .place = {.stream = round->number},
                                .keeps = stream.retention,
                                .now_ms = os_now_ms(round->engine->os)};
    const bool ended = stream.status == ENGINE_STREAM_DISABLED;
    if (ended && is_old(&trim, stream.ended_ms)) return end_stream(txn, round->number);
    TRY(trim_shards(&trim, &stream, &changed));
    return changed ? logbook_put_stream(txn, round->number, &stream, &round->arena) : ST_OK;
}

static status run_round(struct round *round)
{
    arena_init(&round->arena, round->engine->mem, TRIM_ARENA_BYTES_MAX);
    const status st = store_write_wait(round->engine->store, trim_stream, round);
    arena_deinit(&round->arena);
    return st;
}

/* ---- all of them */

static status find_next(struct store_view *view, void *ctx)
{
    struct round *round = ctx;
    const struct logbook_form_key low = logbook_form_stream_key(round->number + 1);
    const struct store_range range = {logbook_form_span(&low), LOGBOOK_FORM_STREAM_KEYS.high};
    struct store_cursor *cursor = NULL;
    struct span key = {0}, value = {0};
    TRY(store_view_walk(view, range, false, &cursor));
    status st = store_cursor_next(cursor, &key, &value, &round->found);
    if (st == ST_OK && round->found) st = logbook_form_read_stream_key(key, &round->number);
    store_cursor_close(cursor);
    return st;
}

status logbook_trim_next(struct engine *engine, uint32_t *stream, bool *found)
{
    struct round round = {.engine = engine, .number = *stream};
    TRY(store_read(engine->store, find_next, &round));
    *found = round.found;
    if (!round.found) return ST_OK;
    *stream = round.number;
    return run_round(&round);
}

/* ---- engine_stream_retain */

/* A number is never given out again, so the stream is the same one when it is found again. */
status engine_stream_retain(const struct engine_space *space, uint32_t stream,
                            const struct engine_retention *retention)
{
    struct round round = {.engine = space->engine, .number = stream, .keeps = retention};
    assert(space->snapshot == NULL);
    TRY(logbook_check_space(space, stream));
    TRY(run_round(&round));
    return round.found ? ST_OK : ST_NOT_FOUND;
}

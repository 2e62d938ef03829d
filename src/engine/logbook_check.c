/* logbook_check.c -- see logbook_check.h.
 *
 * A stream at a time: its open shards, then its shards, then one walk over its records and one over
 * its marks, each held against the shard that it stands under. What shards say they hold and what
 * was found must be the same in sum too, so nothing is missing under a shard that was not met.
 */
#include "engine/logbook_check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/bytes.h"
#include "engine/logbook.h"
#include "item/item.h"

enum { PROBLEM_BYTES = 1024, SHARD_AT = 1 + 4 };

struct run {
    struct logbook_check *check;
    uint32_t number; /* of the stream */
    struct logbook_stream stream;
    struct logbook_owner owner;
    char name[CATALOG_TEXT_BYTES]; /* of its table */
    uint64_t records;              /* that its shards say they hold; then without those met */
    uint64_t marks;                /* in the lists of its shards; likewise */

    /* the shard whose records are being walked */
    uint32_t shard_number; /* 0: none yet */
    bool has_shard;
    struct logbook_shard shard;
    uint64_t count, bytes;
    struct engine_position last;
};

static void report(struct run *run, const char *format, ...) PRINTF(2, 3);
static void report(struct run *run, const char *format, ...)
{
    char what[PROBLEM_BYTES / 2], text[PROBLEM_BYTES];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(what, sizeof what, format, values);
    va_end(values);
    (void)snprintf(text, sizeof text, "stream %" PRIu32 " of table %s: %s", run->number, run->name,
                   what);
    run->check->problems++;
    if (run->check->problem != NULL) run->check->problem(run->check->ctx, text);
}

static bool is_before(struct engine_position a, struct engine_position b)
{
    return engine_stream_compare(a, b) < 0;
}

static status get(struct run *run, const struct logbook_form_key *key, struct span *out,
                  bool *found)
{
    return store_view_get(run->check->view, logbook_form_span(key), out, found);
}

/* ---- walking */

typedef status(each_fn)(struct run *run, struct span key, struct span stored);

static status walk_cursor(struct run *run, struct store_cursor *cursor, each_fn *each)
{
    for (;;) {
        struct span key = {0}, stored = {0};
        bool found = false;
        TRY(store_cursor_next(cursor, &key, &stored, &found));
        if (!found) return ST_OK;
        TRY(each(run, key, stored));
        store_view_forget(run->check->view);
    }
}

static status walk_range(struct run *run, struct store_range range, each_fn *each)
{
    struct store_cursor *cursor = NULL;
    TRY(store_view_walk(run->check->view, range, false, &cursor));
    const status st = walk_cursor(run, cursor, each);
    store_cursor_close(cursor);
    return st;
}

/* All of one kind of the stream. */
static status walk(struct run *run, uint8_t kind, each_fn *each)
{
    const struct logbook_form_key low = logbook_form_prefix(kind, run->number);
    const struct logbook_form_key high = logbook_form_prefix(kind, run->number + 1);
    return walk_range(run, (struct store_range){logbook_form_span(&low), logbook_form_span(&high)},
                      each);
}

/* ---- shards */

/* Does an open shard say so itself, and cover just its part? (Q4) */
static status check_open(struct run *run, uint32_t at)
{
    const struct logbook_stream *stream = &run->stream;
    const struct logbook_open_shard open = logbook_form_open_shard(stream, at);
    const bool is_last = at + 1 == stream->open_count;
    const uint32_t end = is_last ? 0 : logbook_form_open_shard(stream, at + 1).low;
    const struct logbook_form_key key = logbook_form_shard_key(run->number, open.number);
    struct span stored = {0};
    struct logbook_shard shard;
    bool found = false;
    if (at == 0 && open.low != 0) report(run, "its open shards leave hashes out");
    TRY(get(run, &key, &stored, &found));
    if (!found || logbook_form_read_shard(stored, &shard) != ST_OK || shard.closed_ms != 0 ||
        shard.low != open.low || shard.high != end - 1)
        report(run, "shard %" PRIu32 " is not the open one that it should be", open.number);
    return ST_OK;
}

/* Follow the list of marks, to its newest. */
static status count_marks(struct run *run, uint32_t number, const struct logbook_shard *shard)
{
    struct engine_position at = shard->oldest_mark, last = {0};
    bool found = true;
    while (at.sequence > 0 && found && is_before(last, at)) {
        const struct logbook_form_key key = logbook_form_mark_key(run->number, number, at);
        struct span stored = {0};
        struct logbook_mark mark = {0};
        TRY(get(run, &key, &stored, &found));
        found = found && logbook_form_read_mark(stored, &mark) == ST_OK;
        last = at;
        at = mark.next;
        run->marks += found ? 1 : 0;
    }
    if (at.sequence > 0 || !found || engine_stream_compare(last, shard->newest_mark) != 0)
        report(run, "the marks of shard %" PRIu32 " form no list", number);
    return ST_OK;
}

static status check_shard(struct run *run, struct span key, struct span stored)
{
    struct logbook_shard shard;
    uint32_t number = 0;
    if (logbook_form_read_shard_key(key, &number) != ST_OK ||
        logbook_form_read_shard(stored, &shard) != ST_OK) {
        report(run, "a shard is damaged");
        return ST_OK;
    }
    if (number < run->stream.first_shard || number >= run->stream.next_shard ||
        shard.parent >= number)
        report(run, "shard %" PRIu32 " has a wrong number, or parent", number);
    if (shard.records < shard.trimmed_records || is_before(shard.last, shard.trimmed))
        report(run, "shard %" PRIu32 " was trimmed of more than it had", number);
    run->records += shard.records - shard.trimmed_records;
    return count_marks(run, number, &shard);
}

/* ---- records */

static void finish_shard(struct run *run)
{
    const struct logbook_shard *shard = &run->shard;
    if (run->shard_number == 0 || !run->has_shard) return;
    if (run->count != shard->records - shard->trimmed_records ||
        run->bytes != shard->bytes - shard->trimmed_bytes)
        report(run, "shard %" PRIu32 " has %" PRIu64 " records and counts %" PRIu64,
               run->shard_number, run->count, shard->records - shard->trimmed_records);
    if (engine_stream_compare(run->last, shard->last) != 0)
        report(run, "shard %" PRIu32 " does not end with its last record", run->shard_number);
}

static status begin_shard(struct run *run, uint32_t number)
{
    const struct logbook_form_key key = logbook_form_shard_key(run->number, number);
    struct span stored = {0};
    finish_shard(run);
    run->shard_number = number;
    run->count = run->bytes = 0;
    run->last = (struct engine_position){0};
    TRY(get(run, &key, &stored, &run->has_shard));
    if (run->has_shard && logbook_form_read_shard(stored, &run->shard) != ST_OK)
        run->has_shard = false; /* which was told */
    if (!run->has_shard) report(run, "shard %" PRIu32 " has records and is not there", number);
    return ST_OK;
}

/* Do the keys of the record lead to this shard? */
static bool stands_right(const struct run *run, const struct engine_record *record)
{
    uint8_t hash[HASH_BYTES];
    struct value partition = {0};
    if (!value_find(record->keys, run->owner.key.partition[0].name, &partition)) return false;
    hash_128(run->check->engine->hash, partition.body, hash);
    const uint32_t at = bytes_load_u32_be(hash);
    return at >= run->shard.low && at <= run->shard.high;
}

static uint32_t size_of(struct value map)
{
    return map.type == VALUE_NONE ? 0 : item_size(map);
}

static bool fits_kind(const struct run *run, const struct engine_record *record)
{
    const table_stream_view view = run->stream.view;
    const bool shows_old =
        view == TABLE_STREAM_OLD_IMAGE || view == TABLE_STREAM_NEW_AND_OLD_IMAGES;
    const bool shows_new =
        view == TABLE_STREAM_NEW_IMAGE || view == TABLE_STREAM_NEW_AND_OLD_IMAGES;
    const bool had = record->kind != ENGINE_RECORD_INSERT;
    const bool has = record->kind != ENGINE_RECORD_REMOVE;
    return (record->old_image.type != VALUE_NONE) == (shows_old && had) &&
           (record->new_image.type != VALUE_NONE) == (shows_new && has) &&
           record->bytes ==
               size_of(record->keys) + size_of(record->old_image) + size_of(record->new_image);
}

static void judge_record(struct run *run, struct span stored, struct engine_position at)
{
    const struct logbook_shard *shard = &run->shard;
    struct engine_record record;
    if (logbook_form_read_record(stored, &record) != ST_OK || !fits_kind(run, &record))
        report(run, "a record of shard %" PRIu32 " is damaged", run->shard_number);
    else if (!stands_right(run, &record))
        report(run, "a record stands in shard %" PRIu32 " and belongs elsewhere",
               run->shard_number);
    if (is_before(at, shard->first) || !is_before(shard->trimmed, at) || is_before(shard->last, at))
        report(run, "a record of shard %" PRIu32 " stands outside of it", run->shard_number);
}

static status check_record(struct run *run, struct span key, struct span stored)
{
    struct engine_position at = {0};
    if (logbook_form_read_place(key, &at) != ST_OK) {
        report(run, "a record's key is damaged");
        return ST_OK;
    }
    const uint32_t shard = bytes_load_u32_be(key.ptr + SHARD_AT);
    if (shard != run->shard_number) TRY(begin_shard(run, shard));
    run->check->records++;
    run->count++;
    run->records--;
    run->bytes += key.len + stored.len;
    run->last = at;
    if (run->has_shard) judge_record(run, stored, at);
    return ST_OK;
}

static status count_off_mark(struct run *run, struct span key, struct span stored)
{
    (void)key;
    (void)stored;
    run->marks--;
    return ST_OK;
}

/* ---- streams */

static const struct table *table_of(const struct run *run)
{
    for (size_t i = 0; i < run->check->table_count; i++)
        if (run->check->tables[i]->stream_number == run->number) return run->check->tables[i];
    return NULL;
}

static void check_owner(struct run *run)
{
    const bool is_on = run->stream.status == ENGINE_STREAM_ENABLED;
    const struct table *table = table_of(run);
    if (is_on != (run->stream.open_count > 0))
        report(run, "it is on without a shard, or off with one");
    if (is_on && (table == NULL || table->spec.stream != run->stream.view ||
                  table->stream_made_ms != run->stream.made_ms))
        report(run, "no table writes it");
    if (!is_on && table != NULL && table->spec.stream != TABLE_STREAM_OFF)
        report(run, "it is off and its table on");
}

static status check_stream(struct run *run)
{
    check_owner(run);
    for (uint32_t i = 0; i < run->stream.open_count; i++) TRY(check_open(run, i));
    TRY(walk(run, 'H', check_shard));
    TRY(walk(run, 'C', check_record));
    finish_shard(run);
    TRY(walk(run, 'M', count_off_mark));
    if (run->records != 0) report(run, "its shards hold other records than they count");
    if (run->marks != 0) report(run, "marks are missing, or left over");
    return ST_OK;
}

static status check_each(struct run *all, struct span key, struct span stored)
{
    struct run run = {.check = all->check};
    all->check->streams++;
    if (logbook_form_read_stream_key(key, &run.number) != ST_OK ||
        logbook_form_read_stream(stored, &run.stream) != ST_OK ||
        logbook_form_read_owner(run.stream.owner, &run.owner) != ST_OK) {
        report(&run, "its description is damaged");
        return ST_OK;
    }
    catalog_text((struct catalog_name){run.owner.space, run.owner.table_name}, run.name);
    return check_stream(&run);
}

status logbook_check_knows(struct store_view *view, uint32_t stream, bool *out)
{
    const struct logbook_form_key key = logbook_form_stream_key(stream);
    struct span stored = {0};
    return store_view_get(view, logbook_form_span(&key), &stored, out);
}

/* A stream that is on is there; what it says of its table is looked at with the stream. */
static status check_tables(struct run *run)
{
    for (size_t i = 0; i < run->check->table_count; i++) {
        const struct table *table = run->check->tables[i];
        bool found = true;
        if (table->spec.stream != TABLE_STREAM_OFF)
            TRY(logbook_check_knows(run->check->view, table->stream_number, &found));
        if (found) continue;
        run->number = table->stream_number;
        catalog_text(catalog_name_of(table), run->name);
        report(run, "it is not there, and its table is on");
    }
    return ST_OK;
}

status logbook_check(struct logbook_check *check)
{
    struct run run = {.check = check};
    TRY(check_tables(&run));
    return walk_range(&run, LOGBOOK_FORM_STREAM_KEYS, check_each);
}

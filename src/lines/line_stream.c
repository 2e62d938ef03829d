/* line_stream.c -- the changes of a table: switched on and off, told, and how many there are.
 *
 * A record's number here is that of its commit, so those of a transaction have the same. An answer
 * ends with the last record of a commit, whatever its limit: then "after_sequence" of the next
 * line, the number of the last one, leaves out nothing.
 */
#include "engine/stream_walk.h"
#include "item/plain.h"
#include "lines/line_map.h"
#include "lines/line_ops.h"
#include "lines/line_reply.h"
#include "lines/line_schema.h"

enum { LIMIT_USUAL = 100, LIMIT_MOST = 1000, BYTES_MAX = 1 << 20 };

/* ---- set_stream */

static const struct view {
    table_stream_view view;
    const char *name, *word;
} views[] = {
    {TABLE_STREAM_KEYS_ONLY,          "KeysOnly",        "KEYS_ONLY"         },
    {TABLE_STREAM_NEW_IMAGE,          "NewImage",        "NEW_IMAGE"         },
    {TABLE_STREAM_OLD_IMAGE,          "OldImage",        "OLD_IMAGE"         },
    {TABLE_STREAM_NEW_AND_OLD_IMAGES, "NewAndOldImages", "NEW_AND_OLD_IMAGES"},
};

static status find_view(struct line_turn *t, struct span text, const struct view **out)
{
    for (size_t i = 0; i < ARRAY_COUNT(views); i++) {
        *out = &views[i];
        if (span_eq_nocase(text, span_of(views[i].name)) ||
            span_eq_nocase(text, span_of(views[i].word)))
            return ST_OK;
    }
    return LINE_FAIL(t, "ParseError",
                     "\"view\" is KeysOnly, NewImage, OldImage or NewAndOldImages");
}

static status answer_ok(struct line_turn *t)
{
    line_reply_ok(t);
    return ST_OK;
}

/* {"StreamEnabled": …, "StreamViewType": …}; without a view it is off. */
static status specify(struct line_turn *t, struct span view, struct value *out)
{
    struct line_map map;
    const struct view *found = NULL;
    line_map_begin(&map, t->arena);
    line_map_flag(&map, "StreamEnabled", view.len > 0);
    if (view.len > 0) {
        TRY(find_view(t, view, &found));
        line_map_text(&map, "StreamViewType", span_of(found->word));
    }
    return line_map_end(&map, out, &t->err);
}

status line_ops_set_stream(struct line_turn *turn)
{
    struct line_schema schema;
    struct line_map map;
    struct span view = {0};
    struct value v = {0};
    TRY(line_schema_find(turn, &turn->fields, &schema));
    TRY(line_field_text_if(turn, &turn->fields, "view", &view));
    TRY(specify(turn, view, &v));
    line_map_begin(&map, turn->arena);
    line_map_text(&map, "TableName", schema.table_name);
    line_map_value(&map, "StreamSpecification", v);
    TRY(line_map_end(&map, &v, &turn->err));
    return line_turn_ask(turn, "UpdateTable", v, answer_ok);
}

/* ---- which stream */

static status find_stream(struct line_turn *t, struct engine_stream *out, bool *found)
{
    const struct engine_space space = line_turn_space(t);
    struct engine_description description = {.table = NULL};
    struct line_schema schema;
    TRY(line_schema_find(t, &t->fields, &schema));
    TRY(engine_table_describe(&space, schema.table_name, &description, &t->err));
    *found = description.table->stream_number > 0;
    const uint64_t made_ms = description.table->stream_made_ms;
    table_drop(description.table);
    if (!*found) return ST_OK;
    const status st = engine_stream_find(&space, schema.table_name, made_ms, t->arena, out);
    *found = st != ST_NOT_FOUND;
    return !*found || st == ST_OK ? ST_OK : FAIL_PLAIN(&t->err, st);
}

/* What an engine that tells of streams says, in the words of lines. */
static status tell(struct line_turn *t, status st)
{
    if (st == ST_TRIMMED)
        return LINE_FAIL(t, "StreamTrimmed", "what comes after this is not kept any more");
    return st == ST_OK ? ST_OK : FAIL_PLAIN(&t->err, st);
}

/* ---- stream_info */

/* The numbers of the oldest and of the latest record; 0: there is none. */
static status find_ends(struct line_turn *t, const struct engine_stream *stream, uint64_t *oldest,
                        uint64_t *latest)
{
    const struct engine_space space = line_turn_space(t);
    struct engine_position end = {0};
    struct stream_walk walk;
    struct stream_walk_look look = {.bytes_max = 1};
    TRY(tell(t, stream_walk_latest(&space, stream->number, t->arena, &end)));
    stream_walk_begin(&walk, &space, stream->number, (struct engine_position){0}, t->arena);
    TRY(tell(t, stream_walk_look(&walk, t->arena, &look)));
    *oldest = look.count > 0 ? look.records[0]->at.sequence : 0;
    *latest = look.count > 0 ? end.sequence : 0;
    return ST_OK;
}

static const char *view_name(table_stream_view view)
{
    for (size_t i = 0; i < ARRAY_COUNT(views); i++)
        if (views[i].view == view) return views[i].name;
    return "";
}

status line_ops_stream_info(struct line_turn *turn)
{
    struct engine_stream stream = {0};
    bool found = false;
    uint64_t oldest = 0;
    uint64_t latest = 0;
    TRY(find_stream(turn, &stream, &found));
    if (found) TRY(find_ends(turn, &stream, &oldest, &latest));
    line_reply_begin(turn);
    json_writer_member_bool(&turn->json, "enabled",
                            found && stream.status == ENGINE_STREAM_ENABLED);
    if (found) json_writer_member_string(&turn->json, "view", span_of(view_name(stream.view)));
    if (oldest > 0) json_writer_member_i64(&turn->json, "oldest", (int64_t)oldest);
    if (oldest > 0) json_writer_member_i64(&turn->json, "latest", (int64_t)latest);
    line_reply_end(turn);
    return ST_OK;
}

/* ---- stream_records */

static const char *kind_name(engine_record_kind kind)
{
    switch (kind) {
    case ENGINE_RECORD_INSERT:
        return "Insert";
    case ENGINE_RECORD_MODIFY:
        return "Modify";
    case ENGINE_RECORD_REMOVE:
        return "Remove";
    }
    return "";
}

static void write_record(struct line_turn *t, const struct engine_record *record)
{
    json_writer_object_begin(&t->json);
    json_writer_member_i64(&t->json, "sequence", (int64_t)record->at.sequence);
    json_writer_member_string(&t->json, "type", span_of(kind_name(record->kind)));
    json_writer_member_i64(&t->json, "time_ms", (int64_t)record->time_ms);
    line_reply_member(t, "keys", record->keys);
    line_reply_member(t, "old_image", record->old_image);
    line_reply_member(t, "new_image", record->new_image);
    if (record->by_service) json_writer_member_bool(&t->json, "by_ttl", true);
    json_writer_object_end(&t->json);
}

struct page {
    struct stream_walk walk;
    uint64_t limit;
    uint64_t count;
    uint64_t bytes;
    uint64_t last; /* the commit that is being written */
};

static bool ends_before(const struct page *page, const struct engine_record *record)
{
    if (page->count == 0 || record->at.sequence == page->last) return false;
    return page->count >= page->limit || page->bytes + record->bytes > BYTES_MAX;
}

/* Write what a look has. *more is false at the end of the page. */
static status write_look(struct line_turn *t, struct page *page, bool *more)
{
    struct stream_walk_look look = {.bytes_max = BYTES_MAX};
    TRY(tell(t, stream_walk_look(&page->walk, t->arena, &look)));
    *more = look.count > 0;
    for (uint32_t i = 0; i < look.count; i++) {
        const struct engine_record *record = look.records[i];
        if (ends_before(page, record)) {
            *more = false;
            return ST_OK;
        }
        write_record(t, record);
        stream_walk_pass(&page->walk, &look, i);
        page->count++;
        page->bytes += record->bytes;
        page->last = record->at.sequence;
    }
    return ST_OK;
}

static status read_page(struct line_turn *t, const struct engine_stream *stream, struct page *page)
{
    const struct engine_space space = line_turn_space(t);
    struct engine_position after = {0};
    page->limit = LIMIT_USUAL;
    TRY(line_field_count_if(t, &t->fields, "limit", &page->limit));
    TRY(line_field_count_if(t, &t->fields, "after_sequence", &after.sequence));
    if (page->limit == 0) return LINE_FAIL(t, "ParseError", "\"limit\" is 1 or more");
    if (page->limit > LIMIT_MOST) page->limit = LIMIT_MOST;
    if (after.sequence > 0) after.ordinal = UINT32_MAX; /* after all of that commit */
    stream_walk_begin(&page->walk, &space, stream->number, after, t->arena);
    return ST_OK;
}

status line_ops_stream_records(struct line_turn *turn)
{
    struct engine_stream stream = {0};
    struct page page = {.count = 0};
    bool more = false;
    TRY(find_stream(turn, &stream, &more));
    TRY(read_page(turn, &stream, &page));
    line_reply_begin(turn);
    json_writer_key(&turn->json, SPAN("records"));
    json_writer_array_begin(&turn->json);
    while (more) TRY(write_look(turn, &page, &more));
    json_writer_array_end(&turn->json);
    line_reply_end(turn);
    return ST_OK;
}

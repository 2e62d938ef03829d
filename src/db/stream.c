/* stream.c -- the changes of a table, followed over the operations of DynamoDB Streams.
 *
 *     open    DescribeTable (which stream), DescribeStream (which shards)
 *     next    what was read and not given yet; else GetRecords of one shard after the other until
 *             one has something, or all have nothing: then wait
 *
 * It is the same on every kind of database, but for the wait (await.h).
 *
 * ST1  `shards` says how far the stream was given, never further: what was read and not given is
 *      read again by whoever goes on from there.
 * ST2  A shard ends when its last change was given. Then the stream is described anew: there may be
 *      children.
 */
#include <string.h>

#include "base/limits.h"
#include "db/action.h"
#include "db/answer.h"
#include "db/await.h"
#include "db/call.h"
#include "db/request.h"
#include "db/result.h"
#include "db/shards.h"
#include "db/tabling.h"
#include "db/use.h"
#include "instance/instance.h"
#include "item/number.h"

enum { US_PER_SECOND = 1000000 };

struct stator_stream {
    stator *db; /* held */
    struct use use;
    struct shards shards;
    uint32_t number; /* of a database in this process: the engine's, to be told by; else 0 */
    struct arena ask;
    struct arena page; /* of what was read last */
    struct value_cursor records;
    size_t shard;     /* whose they are */
    bool has_records; /* some may be left */
    bool is_last;     /* of its shard */
    bool is_stale;    /* shards are to be described anew */
    bool is_disabled; /* as it was described last */
    struct buf position;
};

/* ---- asking */

/* Ask `spec->operation` for `request`; the answer is in spec->arena. */
static status ask(stator_stream *stream, struct turn *turn, struct request *request,
                  struct call_spec *spec)
{
    TRY(request_finish(request, &spec->request, &turn->err));
    return call_make(stream->db, turn, spec);
}

static void begin(stator_stream *stream, struct request *request)
{
    arena_reset(&stream->ask);
    request_begin(request, &stream->ask);
}

static status fail_reply(struct turn *turn, const char *operation)
{
    return FAIL(&turn->err, ST_PROTOCOL, "the reply to %s is not what it should be", operation);
}

/* ---- DescribeStream */

static status learn_page(stator_stream *stream, struct turn *turn, struct value description,
                         shards_at fresh)
{
    const struct value list = answer_member(description, "Shards", VALUE_L);
    struct value told = {0};
    if (list.type == VALUE_NONE) return ST_OK;
    struct value_cursor cursor = value_walk(list);
    while (value_next_element(&cursor, &told)) {
        const status st = shards_learn(&stream->shards, told, fresh);
        if (st == ST_PROTOCOL) return fail_reply(turn, "DescribeStream");
        TRY_PLAIN(&turn->err, st);
    }
    return ST_OK;
}

/* One page; `last` is the shard that it ended with, or empty. */
static status describe_page(stator_stream *stream, struct turn *turn, shards_at fresh,
                            char last[SHARDS_ID_BYTES + 1])
{
    struct request request;
    struct call_spec spec = {.operation = "DescribeStream", .arena = &stream->ask};
    begin(stream, &request);
    request_text(&request, SPAN("StreamArn"), span_of(stream->shards.arn));
    if (last[0] != '\0') request_text(&request, SPAN("ExclusiveStartShardId"), span_of(last));
    TRY(ask(stream, turn, &request, &spec));
    const struct value description = answer_member(spec.answer, "StreamDescription", VALUE_M);
    TRY(learn_page(stream, turn, description, fresh));
    const struct span word = answer_member(description, "StreamStatus", VALUE_S).body;
    stream->is_disabled = span_eq(word, SPAN("DISABLED"));
    const struct span id = answer_member(description, "LastEvaluatedShardId", VALUE_S).body;
    return shards_copy(id, last, SHARDS_ID_BYTES + 1) ? ST_OK : fail_reply(turn, "DescribeStream");
}

static status describe(stator_stream *stream, struct turn *turn, shards_at fresh)
{
    char last[SHARDS_ID_BYTES + 1] = "";
    shards_expect(&stream->shards);
    do {
        TRY(describe_page(stream, turn, fresh, last));
    } while (last[0] != '\0');
    if (!shards_forget(&stream->shards))
        return FAIL(&turn->err, ST_TRIMMED, "what comes after this position is not kept any more");
    stream->is_stale = false;
    return ST_OK;
}

/* ---- reading */

static const char *type_of(const struct shard *shard)
{
    if (shard->at == SHARDS_AT_NUMBER) return "AFTER_SEQUENCE_NUMBER";
    return shard->at == SHARDS_AT_LATEST ? "LATEST" : "TRIM_HORIZON";
}

static status find_iterator(stator_stream *stream, struct turn *turn, struct shard *shard)
{
    struct request request;
    struct call_spec spec = {.operation = "GetShardIterator", .arena = &stream->ask};
    if (shard->iterator[0] != '\0') return ST_OK;
    begin(stream, &request);
    request_text(&request, SPAN("StreamArn"), span_of(stream->shards.arn));
    request_text(&request, SPAN("ShardId"), span_of(shard->id));
    request_text(&request, SPAN("ShardIteratorType"), span_of(type_of(shard)));
    if (shard->at == SHARDS_AT_NUMBER)
        request_text(&request, SPAN("SequenceNumber"), span_of(shard->number));
    TRY(ask(stream, turn, &request, &spec));
    const struct span iterator = answer_member(spec.answer, "ShardIterator", VALUE_S).body;
    const bool is_one =
        iterator.len > 0 && shards_copy(iterator, shard->iterator, sizeof shard->iterator);
    return is_one ? ST_OK : fail_reply(turn, "GetShardIterator");
}

static void end_shard(stator_stream *stream, struct shard *shard)
{
    shard->at = SHARDS_AT_END;
    shard->iterator[0] = '\0';
    stream->is_stale = true;
    stream->is_last = false;
}

static status take_answer(stator_stream *stream, struct turn *turn, struct shard *shard,
                          struct value answer)
{
    const struct value records = answer_member(answer, "Records", VALUE_L);
    const struct span next = answer_member(answer, "NextShardIterator", VALUE_S).body;
    if (records.type == VALUE_NONE || !shards_copy(next, shard->iterator, sizeof shard->iterator))
        return fail_reply(turn, "GetRecords");
    stream->records = value_walk(records);
    stream->shard = (size_t)(shard - stream->shards.all);
    stream->has_records = value_count(records) > 0;
    stream->is_last = next.len == 0;
    if (stream->is_last && !stream->has_records) end_shard(stream, shard);
    return ST_OK;
}

/* Read on in one shard. After a failure its iterator is as good as before, and all that knows the
 * place of a shard that began with LATEST. */
static status read_shard(stator_stream *stream, struct turn *turn, struct shard *shard)
{
    struct request request;
    struct call_spec spec = {.operation = "GetRecords", .arena = &stream->page};
    TRY(find_iterator(stream, turn, shard));
    begin(stream, &request);
    request_text(&request, SPAN("ShardIterator"), span_of(shard->iterator));
    arena_reset(&stream->page);
    const status st = ask(stream, turn, &request, &spec);
    if (st != ST_OK) return st;
    return take_answer(stream, turn, shard, spec.answer);
}

/* The same; an iterator that was left lying for too long is made anew, where its place is known. */
static status read_shard_again(stator_stream *stream, struct turn *turn, struct shard *shard)
{
    const status st = read_shard(stream, turn, shard);
    if (st != ST_EXPIRED_ITERATOR || shard->at == SHARDS_AT_LATEST) return st;
    shard->iterator[0] = '\0';
    return read_shard(stream, turn, shard);
}

/* Read until there is something to give, or nothing in any shard. */
static status read_on(stator_stream *stream, struct turn *turn)
{
    const bool lacks_shards = !stream->is_disabled && shards_ready_count(&stream->shards) == 0;
    if (stream->is_stale || lacks_shards) TRY(describe(stream, turn, SHARDS_AT_HORIZON));
    for (size_t left = shards_ready_count(&stream->shards); left > 0; left--) {
        TRY(read_shard_again(stream, turn, shards_next(&stream->shards)));
        if (stream->has_records) return ST_OK;
    }
    return ST_OK;
}

/* ---- giving */

static status node_of(struct turn *turn, struct arena *arena, struct value change, const char *name,
                      const stator_node **out)
{
    const struct value image = answer_member(change, name, VALUE_M);
    struct stator_node *node = NULL;
    *out = NULL;
    if (image.type == VALUE_NONE) return ST_OK;
    node = node_new(arena, image);
    if (node == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    node->is_item = true;
    *out = node;
    return ST_OK;
}

static int kind_of(struct span word)
{
    if (span_eq(word, SPAN("INSERT"))) return STATOR_CHANGE_INSERT;
    if (span_eq(word, SPAN("MODIFY"))) return STATOR_CHANGE_MODIFY;
    return span_eq(word, SPAN("REMOVE")) ? STATOR_CHANGE_REMOVE : 0;
}

static int64_t when_of(struct value change)
{
    int64_t seconds = 0;
    const struct value time = answer_member(change, "ApproximateCreationDateTime", VALUE_N);
    if (time.type == VALUE_NONE || !number_floor(time.body, &seconds)) return 0;
    return seconds * US_PER_SECOND;
}

static bool is_by_ttl(struct value record)
{
    const struct value who = answer_member(record, "userIdentity", VALUE_M);
    return span_eq(answer_member(who, "PrincipalId", VALUE_S).body, SPAN("dynamodb.amazonaws.com"));
}

static status show(stator_stream *stream, struct turn *turn, struct value record,
                   struct shard *shard, stator_change *out)
{
    const struct value change = answer_member(record, "dynamodb", VALUE_M);
    const struct span number = answer_member(change, "SequenceNumber", VALUE_S).body;
    stator_change shown = {
        .when_us = when_of(change),
        .kind = kind_of(answer_member(record, "eventName", VALUE_S).body),
        .by_ttl = is_by_ttl(record),
    };
    TRY(node_of(turn, &stream->page, change, "Keys", &shown.keys));
    TRY(node_of(turn, &stream->page, change, "OldImage", &shown.old_image));
    TRY(node_of(turn, &stream->page, change, "NewImage", &shown.new_image));
    if (shown.kind == 0 || number.len == 0 ||
        !shards_copy(number, shard->number, sizeof shard->number))
        return fail_reply(turn, "GetRecords");
    shard->at = SHARDS_AT_NUMBER;
    shown.seq = shard->number;
    *out = shown;
    return ST_OK;
}

/* The next of what was read. A failure leaves it to be given. */
static status give(stator_stream *stream, struct turn *turn, stator_change *out, bool *given)
{
    struct shard *shard = &stream->shards.all[stream->shard];
    struct value_cursor records = stream->records;
    struct value record = {0};
    *given = false;
    if (!stream->has_records) return ST_OK;
    if (!value_next_element(&records, &record)) {
        stream->has_records = false;
        if (stream->is_last) end_shard(stream, shard);
        return ST_OK;
    }
    TRY(show(stream, turn, record, shard, out));
    stream->records = records;
    *given = true;
    return ST_OK;
}

/* ---- stator_stream_next */

/* What can be given without waiting. */
static status look(stator_stream *stream, struct turn *turn, stator_change *out, bool *given)
{
    TRY(give(stream, turn, out, given));
    if (*given) return ST_OK;
    do {
        TRY(read_on(stream, turn));
        TRY(give(stream, turn, out, given));
    } while (!*given && stream->is_stale && !stream->is_disabled);
    return ST_OK;
}

static bool is_over(const stator_stream *stream)
{
    return stream->is_disabled && !stream->has_records && shards_are_over(&stream->shards);
}

static status look_and_wait(stator_stream *stream, struct turn *turn, struct await *await,
                            stator_change *out, bool *given)
{
    for (;;) {
        TRY(look(stream, turn, out, given));
        if (*given || is_over(stream)) return ST_OK;
        const status st = await_more(await);
        if (st == ST_TIMEOUT) return ST_OK;
        TRY_PLAIN(&turn->err, st);
    }
}

static status next(stator_stream *stream, struct turn *turn, int64_t wait_us, stator_change *out,
                   bool *given)
{
    struct await await;
    TRY(handle_enter(stream->db, &turn->err));
    await_begin(&await, stream->db, stream->number, wait_us);
    const status st = look_and_wait(stream, turn, &await, out, given);
    await_end(&await);
    handle_leave(stream->db);
    return st;
}

stator_rc stator_stream_next(stator_stream *stream, int64_t wait_us, stator_change *change)
{
    struct turn *turn = turn_begin();
    bool given = false;
    if (change != NULL) *change = (stator_change){0};
    if (turn == NULL) return STATOR_E_NOMEM;
    if (stream == NULL || change == NULL)
        return turn_end(
            turn, FAIL(&turn->err, ST_MISUSE, "stator_stream_next: `stream` or `change` is NULL"));
    status st = use_begin(&stream->use, "stream", &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    st = next(stream, turn, wait_us, change, &given);
    const bool over = st == ST_OK && !given && is_over(stream);
    use_end(&stream->use);
    const stator_rc rc = turn_end(turn, st);
    if (rc != STATOR_OK || given) return rc;
    return over ? STATOR_NOT_FOUND : STATOR_DONE;
}

const char *stator_stream_position(stator_stream *stream)
{
    if (stream == NULL) return NULL;
    buf_clear(&stream->position);
    shards_write(&stream->shards, &stream->position);
    buf_put_u8(&stream->position, '\0');
    return buf_status(&stream->position) == ST_OK ? (const char *)stream->position.ptr : NULL;
}

/* ---- opening */

static status find_latest(stator_stream *stream, struct turn *turn, const char *table)
{
    struct tabling t = {.db = stream->db, .turn = turn};
    struct value description = {0};
    TRY(tabling_describe(&t, table, &description));
    const struct span arn = answer_member(description, "LatestStreamArn", VALUE_S).body;
    if (arn.len == 0) return FAIL(&turn->err, ST_VALIDATION, "table \"%s\" has no stream", table);
    if (shards_copy(arn, stream->shards.arn, sizeof stream->shards.arn)) return ST_OK;
    return fail_reply(turn, "DescribeTable");
}

/* Is `arn` that of a stream of `table`: "…:table/<table>/stream/…"? */
static bool is_of_table(struct span arn, struct span table)
{
    const struct span before = SPAN(":table/");
    const struct span after = SPAN("/stream/");
    for (size_t at = 0; at < arn.len; at++) {
        struct span rest = span_drop(arn, at);
        if (!span_starts_with(rest, before)) continue;
        rest = span_drop(rest, before.len);
        return span_starts_with(rest, table) && span_starts_with(span_drop(rest, table.len), after);
    }
    return false;
}

static status find_place(stator_stream *stream, struct turn *turn, const char *table,
                         const char *position)
{
    struct span name = {0};
    TRY(action_table_name(stream->db, table, &turn->scratch, &name, &turn->err));
    const status st = shards_read(&stream->shards, span_of(position));
    if (st == ST_NO_MEMORY) return FAIL_PLAIN(&turn->err, st);
    if (st == ST_OK && is_of_table(span_of(stream->shards.arn), name)) return ST_OK;
    return FAIL(&turn->err, ST_VALIDATION, "`from` is no position in a stream of table \"%s\"",
                table);
}

/* The engine's number of the table's latest stream, where the engine is ours. Only of that one more
 * can come: an older one is disabled, and nobody waits for it. */
static status find_number(stator_stream *stream, struct turn *turn, const char *table)
{
    struct carrier *carrier = stream->db->carrier;
    if (carrier->kind->instance == NULL) return ST_OK;
    struct engine_space space = {.engine = instance_engine(carrier->kind->instance(carrier))};
    struct engine_streams list = {.limit = 1};
    TRY(action_table_name(stream->db, table, &turn->scratch, &list.table_name, &turn->err));
    do {
        TRY_PLAIN(&turn->err, engine_stream_list(&space, &list, &turn->scratch));
        for (uint32_t i = 0; i < list.count; i++) stream->number = list.streams[i].number;
        list.after = stream->number;
    } while (list.more);
    return ST_OK;
}

static status open_at(stator_stream *stream, struct turn *turn, const char *table, const char *from)
{
    shards_at fresh = SHARDS_AT_HORIZON;
    if (from == NULL || strcmp(from, "LATEST") == 0) fresh = SHARDS_AT_LATEST;
    if (fresh == SHARDS_AT_LATEST || strcmp(from, "TRIM_HORIZON") == 0)
        TRY(find_latest(stream, turn, table));
    else
        TRY(find_place(stream, turn, table, from));
    TRY(find_number(stream, turn, table));
    TRY(describe(stream, turn, fresh));
    for (size_t i = 0; i < stream->shards.count; i++)
        if (stream->shards.all[i].at == SHARDS_AT_LATEST)
            TRY(find_iterator(stream, turn, &stream->shards.all[i]));
    return ST_OK;
}

static stator_stream *stream_new(stator *db)
{
    stator_stream *stream = mem_new(mem_heap(), sizeof *stream);
    if (stream == NULL) return NULL;
    handle_hold(db);
    stream->db = db;
    atomic_flag_clear(&stream->use.busy);
    arena_init(&stream->ask, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    arena_init(&stream->page, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    buf_init(&stream->position, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    return stream;
}

void stator_stream_close(stator_stream *stream)
{
    if (stream == NULL) return;
    shards_deinit(&stream->shards);
    buf_deinit(&stream->position);
    arena_deinit(&stream->page);
    arena_deinit(&stream->ask);
    handle_drop(stream->db);
    mem_free(mem_heap(), stream, sizeof *stream);
}

static status open(stator *db, struct turn *turn, const char *table, const char *from,
                   stator_stream **out)
{
    stator_stream *stream = stream_new(db);
    if (stream == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    const status st = open_at(stream, turn, table, from);
    if (st == ST_OK)
        *out = stream;
    else
        stator_stream_close(stream);
    return st;
}

stator_rc stator_stream_open(stator *db, const char *table, const char *from, stator_stream **out)
{
    struct turn *turn = turn_begin();
    if (out != NULL) *out = NULL;
    if (turn == NULL) return STATOR_E_NOMEM;
    if (out == NULL)
        return turn_end(turn, FAIL(&turn->err, ST_MISUSE, "there is no `out` for the stream"));
    status st = handle_enter(db, &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    st = open(db, turn, table, from, out);
    handle_leave(db);
    return turn_end(turn, st);
}

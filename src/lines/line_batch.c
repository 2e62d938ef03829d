/* line_batch.c -- batch_get_item: many items of a table at once, each answered in its place.
 *
 * All are read from one snapshot, straight from the engine: the api's BatchGetItem takes a hundred
 * keys, none twice, and answers in no order.
 */
#include "item/plain.h"
#include "lines/line_ops.h"
#include "lines/line_reply.h"
#include "lines/line_terms.h"

enum { KEYS_MAX = 1000, ITEM_BYTES_MAX = 32 << 20 };

struct batch {
    struct line_schema schema;
    struct engine_get *gets;
    uint32_t count;
    struct render terms;
    struct expr *projection; /* NULL: items are whole */
};

static status fail_count(struct line_turn *t)
{
    return LINE_FAIL(t, "BatchSizeLimitExceeded", "a batch has at most %d keys", KEYS_MAX);
}

static status read_key(struct line_turn *t, struct batch *batch, struct span text)
{
    struct line_fields fields;
    struct engine_get *get = &batch->gets[batch->count];
    if (batch->count == KEYS_MAX) return fail_count(t);
    TRY(line_fields_read(t, text, &fields));
    TRY(line_fields_check(t, &fields, "partition_key sort_key"));
    TRY(line_schema_key(t, &batch->schema, &fields, &get->key));
    get->table_name = batch->schema.table_name;
    get->consistent = true;
    get->err = &t->err;
    batch->count++;
    return ST_OK;
}

static status read_keys(struct line_turn *t, struct batch *batch)
{
    struct line_list list;
    struct span text = {0};
    batch->gets = arena_new_array(t->arena, KEYS_MAX, struct engine_get);
    if (batch->gets == NULL) return FAIL_PLAIN(&t->err, ST_NO_MEMORY);
    TRY(line_field_get(t, &t->fields, "keys", &text));
    TRY(line_field_list_begin(t, text, &list));
    for (;;) {
        bool found = false;
        TRY(line_field_list_next(t, &list, &text, &found));
        if (!found) return ST_OK;
        TRY(read_key(t, batch, text));
    }
}

/* The projection, bound; render_release when it was used. */
static status bind_projection(struct line_turn *t, struct batch *batch)
{
    struct span text = {0};
    struct span projection = {0};
    if (!line_field_find(&t->fields, "projection", &text)) return ST_OK;
    TRY(line_terms_project(t, &batch->terms, &batch->schema, text, &projection));
    if (projection.len == 0) return ST_OK;
    TRY(render_scope(&batch->terms));
    TRY(render_bind(&batch->terms, NULL, (struct expr_source){EXPR_PROJECTION, projection},
                    &batch->projection));
    return render_finish(&batch->terms);
}

static status get_all(struct line_turn *t, struct batch *batch)
{
    const struct engine_space space = line_turn_space(t);
    struct engine_get_many many = {
        .gets = batch->gets, .count = batch->count, .bytes_max = ITEM_BYTES_MAX};
    for (uint32_t i = 0; i < batch->count; i++) batch->gets[i].projection = batch->projection;
    if (batch->count == 0) return ST_OK;
    TRY(engine_get_many(&space, &many, t->arena, &t->err));
    for (uint32_t i = 0; i < batch->count; i++) {
        if (batch->gets[i].throttled) return FAIL_PLAIN(&t->err, ST_THROTTLED);
        if (batch->gets[i].unread)
            return FAIL(&t->err, ST_LIMIT, "the items of a batch have more than %d bytes",
                        ITEM_BYTES_MAX);
    }
    return ST_OK;
}

static void answer(struct line_turn *t, const struct batch *batch)
{
    line_reply_begin(t);
    json_writer_key(&t->json, SPAN("items"));
    json_writer_array_begin(&t->json);
    for (uint32_t i = 0; i < batch->count; i++) {
        if (batch->gets[i].found)
            plain_write(&t->json, batch->gets[i].item);
        else
            json_writer_null(&t->json);
    }
    json_writer_array_end(&t->json);
    line_reply_end(t);
}

status line_ops_batch_get_item(struct line_turn *turn)
{
    struct batch batch = {.count = 0};
    TRY(line_schema_find(turn, &turn->fields, &batch.schema));
    TRY(read_keys(turn, &batch));
    line_terms_begin(&batch.terms, turn);
    status st = bind_projection(turn, &batch);
    if (st == ST_OK) st = get_all(turn, &batch);
    if (st == ST_OK) answer(turn, &batch);
    render_release(&batch.terms);
    return st;
}

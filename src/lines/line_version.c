/* line_version.c -- get_item_versioned, and put_item with the version that the item must have.
 *
 * A version is the engine's own number of a state of an item: it grows with every write, and 0
 * stands for no item. DynamoDB's operations know nothing of it, so these two go to the engine
 * themselves; the rules of values and keys are the engine's and the reader's there too.
 */
#include "lines/line_version.h"
#include "lines/line_ops.h"
#include "lines/line_reply.h"

struct versioned {
    struct engine_space space;
    struct render terms;
    struct engine_write write;
    stator_cond condition;
};

status line_ops_get_item_versioned(struct line_turn *turn)
{
    const struct engine_space space = line_turn_space(turn);
    struct line_schema schema;
    struct engine_get get = {.consistent = true, .err = &turn->err};
    TRY(line_schema_find(turn, &turn->fields, &schema));
    TRY(line_schema_key(turn, &schema, &turn->fields, &get.key));
    get.table_name = schema.table_name;
    TRY(engine_get(&space, &get, turn->arena, &turn->err));
    line_reply_begin(turn);
    if (get.found) {
        line_reply_member(turn, "item", get.item);
        json_writer_member_i64(&turn->json, "version", (int64_t)get.version);
    }
    line_reply_end(turn);
    return ST_OK;
}

/* ---- put_item */

static status note_misfit(struct line_turn *t, const struct engine_misfit *misfit)
{
    struct line_map list;
    struct value errors = {0};
    if (misfit == NULL) return ST_OK;
    line_map_begin_list(&list, t->arena);
    for (uint32_t i = 0; i < misfit->reason_count; i++)
        line_map_add(&list, (struct value){VALUE_S, misfit->reasons[i]});
    TRY(line_map_end(&list, &errors, &t->err));
    line_reply_note_misfit(t, (struct value){VALUE_S, misfit->prefix}, errors);
    return ST_OK;
}

/* On the turn's thread, when the engine has done it. */
static status answer(struct line_turn *t)
{
    struct versioned *v = t->state;
    const status st = t->waited;
    render_release(&v->terms);
    if (st == ST_VERSION) {
        t->failure.has_versions = true;
        t->failure.expected = v->write.if_version;
        t->failure.actual = v->write.version;
    }
    if (st == ST_CONDITION_FAILED) t->failure.why = &v->condition;
    if (st == ST_VERSION || st == ST_CONDITION_FAILED) t->failure.item = v->write.returned;
    TRY(note_misfit(t, v->write.misfit));
    if (st != ST_OK) return st;
    line_reply_begin(t);
    line_reply_member(t, "item", v->write.returned);
    json_writer_member_i64(&t->json, "version", (int64_t)v->write.version);
    line_reply_end(t);
    return ST_OK;
}

static status bind_condition(struct line_turn *t, struct versioned *v)
{
    struct span text = {0};
    struct expr *expr = NULL;
    if (!line_field_find(&t->fields, "condition", &text)) return ST_OK;
    TRY(line_terms_read(t, text, &v->condition));
    TRY(line_terms_text(t, &v->terms, &v->condition, &text));
    if (text.ptr == NULL) return ST_OK;
    TRY(render_scope(&v->terms));
    TRY(render_bind(&v->terms, NULL, (struct expr_source){EXPR_CONDITION, text}, &expr));
    v->write.condition = expr;
    return render_finish(&v->terms);
}

static status read_returns(struct line_turn *t, struct versioned *v)
{
    bool returns_old = false;
    TRY(line_write_wants_old(t, &returns_old));
    TRY(line_field_flag_if(t, &t->fields, "return_item_on_failure", &v->write.old_on_failure));
    if (returns_old) v->write.returns = ENGINE_RETURN_ALL_OLD;
    return ST_OK;
}

static status begin(struct line_turn *t, struct versioned *v)
{
    TRY(read_returns(t, v));
    TRY(line_field_count_if(t, &t->fields, "expected_version", &v->write.if_version));
    TRY(bind_condition(t, v));
    line_turn_wait(t, answer);
    return engine_write(&v->space, &v->write);
}

status line_version_put(struct line_turn *turn, const struct line_schema *schema, struct value item)
{
    struct versioned *v = arena_new(turn->arena, struct versioned);
    if (v == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    line_terms_begin(&v->terms, turn);
    turn->state = v;
    v->space = line_turn_space(turn);
    v->write = (struct engine_write){
        .verb = ENGINE_PUT,
        .table_name = schema->table_name,
        .attributes = item,
        .has_version = true,
        .arena = turn->arena,
        .err = &turn->err,
        .done = line_turn_waited,
        .done_ctx = turn,
    };
    const status st = begin(turn, v);
    if (st == ST_OK) return ST_OK;
    turn->waits = false;
    render_release(&v->terms);
    return st;
}

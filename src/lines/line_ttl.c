/* line_ttl.c -- when items expire: set, remove, told, and what has expired deleted.
 *
 * An item that has expired is not there, so it cannot be given more time.
 */
#include <stdatomic.h>

#include "item/number.h"
#include "lines/line_ops.h"
#include "lines/line_reply.h"
#include "lines/line_update.h"
#include "os/thread.h"

enum { MS_PER_SECOND = 1000, SWEEP_LIMIT = 100 };

struct ttl {
    struct line_schema schema;
    struct value key;
};

static status read_place(struct line_turn *t, struct ttl *ttl)
{
    TRY(line_schema_find(t, &t->fields, &ttl->schema));
    if (ttl->schema.ttl_attribute.len == 0)
        return LINE_FAIL(t, "TtlNotConfigured", "table \"%.*s\" has no TTL attribute",
                         SPAN_ARG(ttl->schema.table_name));
    return line_schema_key(t, &ttl->schema, &t->fields, &ttl->key);
}

static uint64_t now_seconds(const struct line_turn *t)
{
    return os_now_ms(t->lines->os) / MS_PER_SECOND;
}

/* ---- set_ttl, remove_ttl */

static status answer_ok(struct line_turn *t)
{
    line_reply_ok(t);
    return ST_OK;
}

static status tell_missing(struct line_turn *t)
{
    if (t->ask.outcome != ST_CONDITION_FAILED) return t->ask.outcome;
    t->failure.item = (struct value){0};
    return LINE_FAIL(t, "ItemNotFound", "there is no such item");
}

/* Set the attribute to `value`, or remove it, of an item that is there. */
static status ask_change(struct line_turn *t, const struct ttl *ttl, struct value value)
{
    struct line_write *write = NULL;
    struct value request = {0};
    stator_val path = {0};
    stator_cond exists = {.op = STATOR_C_EXISTS};
    TRY(line_terms_path(t, ttl->schema.ttl_attribute, &path));
    TRY(line_terms_path(t, ttl->schema.key.partition.name, &exists.left));
    struct line_action action = {LINE_SET, path.u.s, value};
    if (value.type == VALUE_NONE) action.verb = LINE_REMOVE;
    const struct line_actions actions = {&action, 1};
    TRY(line_write_begin(t, ttl->schema.table_name, &write));
    line_map_value(&write->map, "Key", ttl->key);
    TRY(line_terms_put(t, &write->terms, &write->map, "ConditionExpression", &exists));
    TRY(line_update_express(t, write, &actions));
    TRY(line_write_end(t, write, &request));
    TRY(line_turn_ask(t, "UpdateItem", request, answer_ok));
    t->failed = tell_missing;
    return ST_OK;
}

status line_ops_set_ttl(struct line_turn *turn)
{
    struct ttl ttl;
    struct span text = {0};
    uint64_t seconds = 0;
    TRY(read_place(turn, &ttl));
    TRY(line_field_get(turn, &turn->fields, "ttl_seconds", &text));
    TRY(line_field_count_if(turn, &turn->fields, "ttl_seconds", &seconds));
    if (seconds > UINT32_MAX)
        return LINE_FAIL(turn, "ParseError", "\"ttl_seconds\" is more than %u", UINT32_MAX);
    const struct number until = number_from_i64((int64_t)(now_seconds(turn) + seconds));
    return ask_change(turn, &ttl, (struct value){VALUE_N, number_view(&until)});
}

status line_ops_remove_ttl(struct line_turn *turn)
{
    struct ttl ttl;
    TRY(read_place(turn, &ttl));
    return ask_change(turn, &ttl, (struct value){0});
}

/* ---- get_ttl */

/* An item that is not there has no time left: it is as one without a TTL. */
status line_ops_get_ttl(struct line_turn *turn)
{
    const struct engine_space space = line_turn_space(turn);
    struct engine_get get = {.consistent = true, .err = &turn->err};
    struct ttl ttl;
    struct value v = {0};
    int64_t until = 0;
    TRY(read_place(turn, &ttl));
    get.table_name = ttl.schema.table_name;
    get.key = ttl.key;
    TRY(engine_get(&space, &get, turn->arena, &turn->err));
    const bool is_set = get.found && value_find(get.item, ttl.schema.ttl_attribute, &v) &&
                        v.type == VALUE_N && number_floor(v.body, &until) && until > 0;
    const int64_t left = is_set ? until - (int64_t)now_seconds(turn) : 0;
    line_reply_begin(turn);
    if (is_set) json_writer_member_i64(&turn->json, "ttl_seconds", left > 0 ? left : 0);
    line_reply_end(turn);
    return ST_OK;
}

/* ---- sweep_ttl */

struct sweep {
    struct line_turn *turn;
    struct thread thread;
    struct engine_space space;
    struct engine_table_sweep table; /* without a name: all tables are swept */
    uint64_t deleted;
};

static status sweep_now(struct sweep *sweep)
{
    struct error *err = &sweep->turn->err;
    if (sweep->table.table_name.len == 0)
        return engine_sweep(sweep->space.engine, &sweep->deleted, err);
    const status st = engine_sweep_table(&sweep->space, &sweep->table, err);
    sweep->deleted = sweep->table.deleted;
    return st;
}

/* A thread of its own: a sweep waits for the store, and a loop may not. */
static void sweep_on_thread(void *ctx)
{
    struct sweep *sweep = ctx;
    line_turn_waited(sweep->turn, sweep_now(sweep));
}

static status answer_sweep(struct line_turn *t)
{
    struct sweep *sweep = t->state;
    thread_join(&sweep->thread);
    atomic_store(t->lines->sweeping, false);
    TRY(t->waited);
    line_reply_begin(t);
    json_writer_member_i64(&t->json, "deleted", (int64_t)sweep->deleted);
    line_reply_end(t);
    return ST_OK;
}

/* "table", and how many of it are deleted at most; without it all of all tables. */
static status read_sweep(struct line_turn *t, struct sweep *sweep)
{
    struct line_schema schema;
    struct span text = {0};
    sweep->space = line_turn_space(t);
    sweep->table.limit = SWEEP_LIMIT;
    TRY(line_field_count_if(t, &t->fields, "limit", &sweep->table.limit));
    if (sweep->table.limit == 0) return LINE_FAIL(t, "ParseError", "\"limit\" is 1 or more");
    if (!line_field_find(&t->fields, "table", &text)) return ST_OK;
    TRY(line_schema_find(t, &t->fields, &schema));
    sweep->table.table_name = schema.table_name;
    return ST_OK;
}

status line_ops_sweep_ttl(struct line_turn *turn)
{
    struct sweep *sweep = arena_new(turn->arena, struct sweep);
    if (sweep == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    sweep->turn = turn;
    turn->state = sweep;
    TRY(read_sweep(turn, sweep));
    if (atomic_exchange(turn->lines->sweeping, true))
        return LINE_FAIL(turn, "Conflict", "a sweep is under way");
    line_turn_wait(turn, answer_sweep);
    const status st = thread_start(&sweep->thread, "sweep", sweep_on_thread, sweep);
    if (st == ST_OK) return ST_OK;
    turn->waits = false;
    atomic_store(turn->lines->sweeping, false);
    return FAIL_PLAIN(&turn->err, st);
}

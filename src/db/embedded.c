/* embedded.c -- engine.h's calls that go straight to the engine: versions, keys, upkeep. */
#include "db/embedded.h"

#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "db/action.h"
#include "db/call.h"
#include "db/handout.h"
#include "db/literal.h"
#include "db/options.h"
#include "db/result.h"
#include "engine/engine_stream.h"

enum { KEYS_USUAL = 100, US_PER_MS = 1000 };

/* ---- the frame */

static status find_instance(stator *db, struct instance **out, struct error *err)
{
    struct carrier *carrier = db->carrier;
    *out = carrier->kind->instance != NULL ? carrier->kind->instance(carrier) : NULL;
    if (*out != NULL) return ST_OK;
    return FAIL(err, ST_UNKNOWN_OPERATION, "this needs a handle of mem: or file:");
}

static status enter(struct embedded *e)
{
    TRY(handle_enter(e->db, &e->turn->err));
    const status st = find_instance(e->db, &e->instance, &e->turn->err);
    if (st == ST_OK) {
        e->space = (struct engine_space){.engine = instance_engine(e->instance)};
    } else {
        handle_leave(e->db);
    }
    return st;
}

stator_rc embedded_run(stator *db, embedded_fn *fn, const void *arg)
{
    struct embedded e = {.db = db, .turn = turn_begin()};
    if (e.turn == NULL) return STATOR_E_NOMEM;
    status st = enter(&e);
    if (st != ST_OK) return turn_end(e.turn, st);
    st = fn(&e, arg);
    handle_leave(db);
    return turn_end(e.turn, st);
}

status embedded_hold(stator *db, struct instance **out, struct error *err)
{
    TRY(handle_enter(db, err));
    const status st = find_instance(db, out, err);
    if (st == ST_OK) handle_hold(db);
    handle_leave(db);
    return st;
}

void embedded_let_go(stator *db)
{
    handle_drop(db);
}

/* ---- versions */

struct versioned {
    const char *table;
    const stator_val *key;
    stator_result **out;
    int64_t *version;
};

static status get_into(struct embedded *e, const struct versioned *v, stator_result *result)
{
    struct request request;
    struct value key = {0};
    struct call_spec spec = {
        .operation = "GetItem",
        .table = v->table,
        .arena = &result->arena,
    };
    request_begin(&request, &e->turn->scratch);
    TRY(action_table(e->db, e->turn, v->table, &request));
    TRY(literal_item(v->key, &e->turn->scratch, &key, &e->turn->err));
    request_value(&request, SPAN("Key"), key);
    TRY(request_finish(&request, &spec.request, &e->turn->err));
    TRY(call_make(e->db, e->turn, &spec));
    TRY_PLAIN(&e->turn->err, result_set_one(result, spec.answer, "Item"));
    *v->version = (int64_t)spec.version;
    return ST_OK;
}

static status get_versioned(struct embedded *e, const void *arg)
{
    const struct versioned *v = arg;
    stator_result *result = NULL;
    TRY(result_new(e->turn, e->db, &result));
    const status st = get_into(e, v, result);
    if (st == ST_OK && result->count > 0) {
        *v->out = result;
    } else {
        stator_result_free(result);
    }
    return st;
}

stator_rc stator_get_versioned(stator *db, const char *table, stator_val key, stator_result **out,
                               int64_t *version)
{
    const struct versioned v = {table, &key, out, version};
    if (out == NULL || version == NULL)
        return turn_note(STATOR_E_MISUSE, "stator_get_versioned: `out` or `version` is NULL");
    *out = NULL;
    *version = 0;
    const stator_rc rc = embedded_run(db, get_versioned, &v);
    return rc == STATOR_OK && *out == NULL ? STATOR_NOT_FOUND : rc;
}

/* ---- which keys there are */

struct listing {
    const char *table;
    const stator_val *partition; /* NULL: partition keys are asked for */
    const stator_list_opts *given;
    stator_list_opts opts;
    stator_result **out;
};

/* Tokens of listings are the engine's `next`, as hexadecimal digits. */
static status read_after(struct embedded *e, const char *after, struct span *out)
{
    static const char digits[] = "0123456789abcdef";
    struct buf bytes;
    buf_init(&bytes, arena_mem(&e->turn->scratch), LIMIT_REQUEST_ARENA_BYTES);
    for (const char *at = after; at != NULL && at[0] != '\0'; at += 2) {
        const char *high = strchr(digits, at[0]);
        const char *low = at[1] != '\0' ? strchr(digits, at[1]) : NULL;
        if (high == NULL || low == NULL)
            return FAIL(&e->turn->err, ST_VALIDATION, "`after` is no token of a listing");
        buf_put_u8(&bytes, (uint8_t)((high - digits) << 4 | (low - digits)));
    }
    TRY_PLAIN(&e->turn->err, buf_status(&bytes));
    *out = buf_view(&bytes);
    return ST_OK;
}

static status set_token(stator_result *result, struct span next)
{
    struct buf text;
    if (next.len == 0) return ST_OK;
    buf_init(&text, arena_mem(&result->arena), LIMIT_REQUEST_ARENA_BYTES);
    for (size_t i = 0; i < next.len; i++) buf_printf(&text, "%02x", next.ptr[i]);
    buf_put_u8(&text, '\0');
    result->token = (const char *)text.ptr;
    return buf_status(&text);
}

static status set_keys(stator_result *result, const struct engine_keys *keys)
{
    TRY(result_make_room(result, keys->count));
    for (uint32_t i = 0; i < keys->count; i++) TRY(result_put_value(result, i, keys->values[i]));
    return set_token(result, keys->next);
}

static status read_keys(struct embedded *e, const struct listing *l, stator_result *result)
{
    struct error *err = &e->turn->err;
    struct arena *arena = &result->arena;
    struct engine_keys keys = {.limit = KEYS_USUAL};
    if (l->opts.limit < 0) return FAIL(err, ST_VALIDATION, "a limit is 0 or more");
    if (l->opts.limit > 0) keys.limit = (uint32_t)l->opts.limit;
    TRY(action_table_name(e->db, l->table, &e->turn->scratch, &keys.table_name, err));
    TRY(read_after(e, l->opts.after, &keys.resume));
    if (l->partition == NULL) {
        TRY(engine_partition_keys(&e->space, &keys, arena, err));
    } else {
        keys.separator = (struct span){(const uint8_t *)&l->opts.separator, 1};
        TRY(literal_item(l->partition, &e->turn->scratch, &keys.key, err));
        TRY(engine_sort_prefixes(&e->space, &keys, arena, err));
    }
    TRY_PLAIN(err, set_keys(result, &keys));
    return ST_OK;
}

static status list(struct embedded *e, const void *arg)
{
    struct listing l = *(const struct listing *)arg;
    stator_result *result = NULL;
    if (l.out == NULL) return FAIL(&e->turn->err, ST_MISUSE, "there is no `out` for the keys");
    if (l.given != NULL)
        TRY(options_take("stator_list_opts", l.given, &l.opts, sizeof l.opts, &e->turn->err));
    if (l.opts.separator == '\0') l.opts.separator = '#';
    TRY(result_new(e->turn, e->db, &result));
    const status st = read_keys(e, &l, result);
    if (st == ST_OK) {
        *l.out = result;
    } else {
        stator_result_free(result);
    }
    return st;
}

stator_rc stator_list_partition_keys(stator *db, const char *table, stator_result **out,
                                     const stator_list_opts *opts)
{
    const struct listing l = {.table = table, .given = opts, .out = out};
    if (out != NULL) *out = NULL;
    return embedded_run(db, list, &l);
}

stator_rc stator_list_sort_prefixes(stator *db, const char *table, stator_val partition,
                                    stator_result **out, const stator_list_opts *opts)
{
    const struct listing l = {.table = table, .partition = &partition, .given = opts, .out = out};
    if (out != NULL) *out = NULL;
    return embedded_run(db, list, &l);
}

/* ---- expired items */

struct sweeping {
    const char *table;
    int64_t limit;
    int64_t *deleted;
};

static status sweep(struct embedded *e, const void *arg)
{
    const struct sweeping *s = arg;
    struct engine_table_sweep sweep = {.limit = s->limit > 0 ? (uint64_t)s->limit : UINT64_MAX};
    TRY(action_table_name(e->db, s->table, &e->turn->scratch, &sweep.table_name, &e->turn->err));
    const status st = engine_sweep_table(&e->space, &sweep, &e->turn->err);
    if (s->deleted != NULL) *s->deleted = (int64_t)sweep.deleted;
    return st;
}

stator_rc stator_ttl_sweep(stator *db, const char *table, int64_t limit, int64_t *deleted)
{
    const struct sweeping s = {table, limit, deleted};
    if (deleted != NULL) *deleted = 0;
    return embedded_run(db, sweep, &s);
}

static status reap_every(struct embedded *e, const void *arg)
{
    const int64_t *interval_us = arg;
    const int64_t ms = *interval_us / US_PER_MS + (*interval_us % US_PER_MS != 0 ? 1 : 0);
    if (*interval_us < 0 || ms > UINT32_MAX)
        return FAIL(&e->turn->err, ST_VALIDATION, "an interval is 0 or more, and at most 49 days");
    return engine_sweep_every(e->space.engine, (uint32_t)ms, &e->turn->err);
}

stator_rc stator_reap_every(stator *db, int64_t interval_us)
{
    return embedded_run(db, reap_every, &interval_us);
}

/* ---- streams */

struct retaining {
    const char *table;
    int64_t max_age_us, max_records;
};

static status retain(struct embedded *e, const void *arg)
{
    const struct retaining *r = arg;
    struct error *err = &e->turn->err;
    struct span name = {0};
    struct engine_description description = {0};
    const struct engine_retention retention = {
        .age_ms_max = ((uint64_t)r->max_age_us + US_PER_MS - 1) / US_PER_MS,
        .records_max = (uint64_t)r->max_records,
    };
    if (r->max_age_us < 0 || r->max_records < 0)
        return FAIL(err, ST_VALIDATION, "what a stream keeps is 0 or more");
    TRY(action_table_name(e->db, r->table, &e->turn->scratch, &name, err));
    TRY(engine_table_describe(&e->space, name, &description, err));
    const uint32_t stream = description.table->stream_number;
    table_drop(description.table);
    const status st =
        stream > 0 ? engine_stream_retain(&e->space, stream, &retention) : ST_NOT_FOUND;
    if (st == ST_NOT_FOUND) return FAIL(err, ST_VALIDATION, "table \"%s\" has no stream", r->table);
    return st == ST_OK ? ST_OK : FAIL_PLAIN(err, st);
}

stator_rc stator_stream_retain(stator *db, const char *table, int64_t max_age_us,
                               int64_t max_records)
{
    const struct retaining r = {table, max_age_us, max_records};
    return embedded_run(db, retain, &r);
}

/* ---- upkeep */

static status backup(struct embedded *e, const void *dir)
{
    if (dir == NULL) return FAIL(&e->turn->err, ST_MISUSE, "stator_backup: the directory is NULL");
    return engine_backup(e->space.engine, dir, &e->turn->err);
}

stator_rc stator_backup(stator *db, const char *dir)
{
    return embedded_run(db, backup, dir);
}

static status compact(struct embedded *e, const void *arg)
{
    (void)arg;
    engine_compact(e->space.engine);
    return ST_OK;
}

stator_rc stator_compact(stator *db)
{
    return embedded_run(db, compact, NULL);
}

static void note_problem(void *ctx, const char *text)
{
    buf_printf(ctx, "%s\n", text);
}

static status check(struct embedded *e, const void *arg)
{
    char **const *report = arg;
    struct buf text;
    if (*report == NULL) return FAIL(&e->turn->err, ST_MISUSE, "stator_check: `report` is NULL");
    handout_begin(&text);
    struct engine_check result = {.problem = note_problem, .ctx = &text};
    const status st = engine_check(e->space.engine, &result, &e->turn->err);
    buf_printf(&text,
               "%" PRIu64 " tables, %" PRIu64 " items, %" PRIu64 " index entries: %" PRIu64
               " problems\n",
               result.tables, result.items, result.entries, result.problems);
    **report = handout_end(&text);
    if (st != ST_OK) {
        stator_free(**report);
        **report = NULL;
        return st;
    }
    if (**report == NULL) return FAIL_PLAIN(&e->turn->err, ST_NO_MEMORY);
    if (result.problems == 0) return ST_OK;
    return FAIL(&e->turn->err, ST_CORRUPT, "%" PRIu64 " problems were found: see the report",
                result.problems);
}

stator_rc stator_check(stator *db, char **report)
{
    if (report != NULL) *report = NULL;
    return embedded_run(db, check, &report);
}

static void add_count(struct request *r, const char *name, uint64_t count)
{
    request_number(r, span_of(name), (int64_t)count);
}

static void add_store(struct request *r, const struct engine_stats *stats)
{
    const struct store_stats *store = &stats->store;
    add_count(r, "writes", store->writes);
    add_count(r, "batches", store->batches);
    add_count(r, "syncs", store->syncs);
    add_count(r, "pending", store->pending);
    add_count(r, "snapshots", stats->snapshots);
    add_count(r, "diskBytes", store->disk_bytes);
    add_count(r, "cacheBytesMax", store->cache_bytes_max);
    add_count(r, "unwrittenBytes", store->unwritten_bytes);
    add_count(r, "recentBytes", store->recent_bytes);
    add_count(r, "blockBytes", store->block_bytes);
}

static void add_tables(struct request *r, const struct engine_stats *stats)
{
    request_map(r, SPAN("tables"));
    for (uint32_t i = 0; i < stats->table_count; i++) {
        const struct engine_table_stats *table = &stats->tables[i];
        request_map(r, table->name);
        add_count(r, "items", table->item_count);
        add_count(r, "bytes", table->item_bytes);
        add_count(r, "indexes", table->index_count);
        add_count(r, "entries", table->entry_count);
        add_count(r, "entryBytes", table->entry_bytes);
        request_end(r);
    }
    request_end(r);
}

static status read_stats(struct embedded *e, stator_result *result)
{
    struct engine_stats stats = {0};
    struct request r;
    struct value answer = {0};
    TRY(engine_stats(&e->space, &stats, &e->turn->scratch, &e->turn->err));
    request_begin(&r, &result->arena);
    add_store(&r, &stats);
    add_tables(&r, &stats);
    TRY(request_finish(&r, &answer, &e->turn->err));
    TRY_PLAIN(&e->turn->err, result_set(result, answer));
    return ST_OK;
}

static status stats(struct embedded *e, const void *arg)
{
    stator_result **const *out = arg;
    stator_result *result = NULL;
    if (*out == NULL) return FAIL(&e->turn->err, ST_MISUSE, "stator_stats: `out` is NULL");
    TRY(result_new(e->turn, e->db, &result));
    const status st = read_stats(e, result);
    if (st == ST_OK) {
        **out = result;
    } else {
        stator_result_free(result);
    }
    return st;
}

stator_rc stator_stats(stator *db, stator_result **out)
{
    if (out != NULL) *out = NULL;
    return embedded_run(db, stats, &out);
}

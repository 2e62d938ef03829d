/* fixture.c -- see fixture.h. */
#include "engine/fixture.h"

#include <stdio.h>

#include "item/wire.h"
#include "table/table.h"

enum { FIXTURE_ARENA_BYTES = 1 << 30, FIXTURE_CACHE_BYTES = 8 << 20 };

/* ---- opening */

static uint64_t clock_now_ms(void *ctx)
{
    struct fixture *f = ctx;
    return atomic_fetch_add(&f->clock_ms, f->tick_ms) - f->back_ms;
}

static uint64_t clock_ticks_ns(void *ctx)
{
    const struct fixture *f = ctx;
    return f->clock_ms * 1000000;
}

static status clock_entropy(void *ctx, uint8_t *out, size_t size)
{
    (void)ctx;
    return os_entropy(os_system(), out, size);
}

static void assert_ok(struct fixture *f, status st)
{
    if (st == ST_OK) return;
    const struct span text = error_text(&f->err);
    fail_msg("%s: %.*s", status_info(st)->name, SPAN_ARG(text));
}

static void open_engine(struct fixture *f, const char *folder)
{
    const struct store_options store = {.mem = support_mem(),
                                        .dir = folder,
                                        .durability = STORE_SYNC,
                                        .cache_bytes = FIXTURE_CACHE_BYTES,
                                        .past_ms = f->lag_ms,
                                        .os = &f->os};
    assert_ok(f, store_open(&store, &f->store, &f->err));
    const struct engine_options engine = {.mem = support_mem(),
                                          .os = &f->os,
                                          .store = f->store,
                                          .collection_bytes_max = f->collection_bytes_max,
                                          .global_indexes_lag = f->lag_ms > 0,
                                          .note = f->note,
                                          .note_ctx = f->note_ctx,
                                          .ttl_visibility = f->ttl_visibility,
                                          .sweep_every_ms = f->sweep_every_ms,
                                          .enforce_throughput = f->enforce_throughput,
                                          .stream_shards = f->stream_shards,
                                          .stream_age_ms = f->stream_age_ms};
    assert_ok(f, engine_open(&engine, &f->space.engine, &f->err));
    f->engine = &f->space;
}

void fixture_open(struct fixture *f, const char *folder)
{
    fixture_open_lagging(f, folder, 0);
}

void fixture_open_lagging(struct fixture *f, const char *folder, uint32_t lag_ms)
{
    *f = (struct fixture){.clock_ms = 1700000000000, .lag_ms = lag_ms};
    f->os = (struct os){
        .ctx = f,
        .now_ms = clock_now_ms,
        .ticks_ns = clock_ticks_ns,
        .entropy = clock_entropy,
        .wait = os_system()->wait, /* a thread that pauses does so in earnest */
    };
    arena_init(&f->arena, support_mem(), FIXTURE_ARENA_BYTES);
    f->err = error_in(&f->arena);
    open_engine(f, folder);
}

static void close_engine(struct fixture *f)
{
    engine_close(f->space.engine);
    store_close(f->store);
}

static void print_problem(void *ctx, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "%s\n", text);
}

void fixture_check(struct fixture *f)
{
    struct engine_check check = {.problem = print_problem};
    f->err = error_in(&f->arena);
    assert_ok(f, engine_check(f->space.engine, &check, &f->err));
    assert_int_equal(check.problems, 0);
}

void fixture_close(struct fixture *f)
{
    fixture_check(f);
    close_engine(f);
    arena_deinit(&f->arena);
    support_mem_check();
}

void fixture_reopen(struct fixture *f, const char *folder)
{
    close_engine(f);
    open_engine(f, folder);
}

/* ---- waiting for a write */

struct waiter {
    struct engine *led; /* the waiter helps this engine; or NULL, and waits for `done` */
    atomic_bool over;
    struct mutex lock;
    struct cond done;
    bool is_done;
    status st;
};

static void waiter_init(struct fixture *f, struct waiter *waiter)
{
    *waiter = (struct waiter){.st = ST_OK, .led = f->leads ? f->space.engine : NULL};
    f->space.helps = f->leads;
    mutex_init(&waiter->lock);
    cond_init(&waiter->done);
}

static void waiter_done(void *ctx, status st)
{
    struct waiter *waiter = ctx;
    if (waiter->led != NULL) {
        waiter->st = st;
        atomic_store(&waiter->over, true);
        return;
    }
    mutex_lock(&waiter->lock);
    waiter->is_done = true;
    waiter->st = st;
    cond_wake_one(&waiter->done);
    mutex_unlock(&waiter->lock);
}

static void waiter_wait(struct waiter *waiter)
{
    if (waiter->led != NULL) {
        engine_help(waiter->led, &waiter->over);
        return;
    }
    mutex_lock(&waiter->lock);
    while (!waiter->is_done) cond_wait(&waiter->done, &waiter->lock);
    mutex_unlock(&waiter->lock);
}

static bool waiter_is_done(struct waiter *waiter)
{
    mutex_lock(&waiter->lock);
    const bool done = waiter->is_done || atomic_load(&waiter->over);
    mutex_unlock(&waiter->lock);
    return done;
}

/* Wait unless the write was refused at once, and take the waiter apart. */
static status waiter_end(struct waiter *waiter, status started)
{
    if (started == ST_OK) waiter_wait(waiter);
    cond_deinit(&waiter->done);
    mutex_deinit(&waiter->lock);
    return started == ST_OK ? waiter->st : started;
}

/* ---- JSON */

struct value fixture_map(struct fixture *f, const char *json)
{
    struct json_reader reader;
    struct error late = error_in(&f->arena);
    json_token token = JSON_END;
    struct span text = {0};
    struct value map = {0};
    json_reader_init(&reader, &f->arena, span_of(json));
    assert_ok(f, json_reader_next(&reader, &token, &text));
    assert_ok(f, wire_read_map(&reader, token, &map, &late, &f->err));
    assert_int_equal(late.status, ST_OK);
    return map;
}

static const char *text_of(struct fixture *f, struct buf *buf)
{
    buf_put_u8(buf, 0);
    assert_ok(f, buf_status(buf));
    return (const char *)buf->ptr;
}

const char *fixture_text(struct fixture *f, struct value map)
{
    struct buf buf;
    struct json_writer json;
    buf_init(&buf, arena_mem(&f->arena), FIXTURE_ARENA_BYTES);
    json_writer_init(&json, &buf);
    wire_write_map(&json, map);
    return text_of(f, &buf);
}

/* ---- expressions */

static size_t read_names(struct fixture *f, const char *json, struct expr_name *out, size_t max)
{
    struct json_reader reader;
    json_token token = JSON_END;
    struct span text = {0};
    size_t count = 0;
    json_reader_init(&reader, &f->arena, span_of(json));
    assert_ok(f, json_reader_next(&reader, &token, &text));
    for (;;) {
        assert_ok(f, json_reader_next(&reader, &token, &text));
        if (token == JSON_OBJECT_END) return count;
        assert_true(count < max);
        out[count].placeholder = text;
        assert_ok(f, json_reader_next(&reader, &token, &text));
        out[count++].name = text;
    }
}

enum { NAMES_MAX = 16 };

static struct expr_scope scope_of(struct fixture *f, const char *names, const char *values)
{
    struct expr_name *list = arena_new_array(&f->arena, NAMES_MAX, struct expr_name);
    struct expr_scope scope = {.arena = &f->arena, .names = list};
    if (names != NULL) scope.name_count = read_names(f, names, list, NAMES_MAX);
    scope.has_names = names != NULL;
    if (values != NULL) scope.values = fixture_map(f, values);
    return scope;
}

static status bind(struct fixture *f, struct expr_scope *scope, expr_kind kind, const char *text,
                   const struct expr **out)
{
    if (text == NULL) return ST_OK;
    const struct expr_code *code = NULL;
    struct expr *bound = NULL;
    TRY(expr_compile(NULL, &f->arena, (struct expr_source){kind, span_of(text)}, &code, &f->err));
    TRY(expr_bind(scope, code, &bound, &f->err));
    *out = bound;
    return ST_OK;
}

/* ---- verbs */

static status start_write(struct fixture *f, struct fixture_write *write, struct waiter *waiter,
                          struct engine_write *out)
{
    struct expr_scope scope = scope_of(f, write->names, write->values);
    *out = (struct engine_write){.verb = write->verb,
                                 .table_name = span_of(write->table),
                                 .attributes = fixture_map(f, write->item),
                                 .returns = write->returns,
                                 .old_on_failure = write->old_on_failure,
                                 .explains = write->explains,
                                 .has_version = write->has_version,
                                 .if_version = write->if_version,
                                 .arena = &f->arena,
                                 .err = &f->err,
                                 .done = waiter_done,
                                 .done_ctx = waiter};
    TRY(expr_scope_begin(&scope, &f->err));
    TRY(bind(f, &scope, EXPR_CONDITION, write->condition, &out->condition));
    TRY(bind(f, &scope, EXPR_UPDATE, write->update, &out->update));
    TRY(expr_scope_finish(&scope, &f->err));
    return engine_write(f->engine, out);
}

static void tell_collection(struct fixture *f, const struct engine_write *from,
                            struct fixture_write *to)
{
    const struct engine_collection *collection = &from->collection;
    to->collection = collection->counted ? fixture_text(f, collection->key) : NULL;
    to->collection_bytes = collection->bytes;
    to->misfit = from->misfit;
    to->explanation = from->explanation;
}

status fixture_write(struct fixture *f, struct fixture_write *write)
{
    struct engine_write engine_write;
    struct waiter waiter;
    f->err = error_in(&f->arena);
    waiter_init(f, &waiter);
    const status started = start_write(f, write, &waiter, &engine_write);
    const status st = waiter_end(&waiter, started);
    write->returned = engine_write.has_attributes ? fixture_text(f, engine_write.returned) : NULL;
    write->version = engine_write.version;
    write->write_units = engine_write.write_units;
    write->index_cost_count = engine_write.index_cost_count;
    write->index_half_units = 0;
    for (uint32_t i = 0; i < engine_write.index_cost_count; i++)
        write->index_half_units += engine_write.index_costs[i].half_units;
    tell_collection(f, &engine_write, write);
    return st;
}

/* ---- several writes */

struct fixture_pending {
    struct fixture_many *asked;
    struct waiter waiter;
    struct engine_many many;
    struct error errors[FIXTURE_MANY_MAX];
    status started;
};

static void put_text(struct buf *out, const char *text)
{
    buf_put_text(out, text == NULL ? "" : text);
    buf_put_u8(out, 0);
}

static struct span fingerprint_of(struct fixture *f, const struct fixture_many *asked)
{
    struct buf bytes;
    buf_init(&bytes, arena_mem(&f->arena), FIXTURE_ARENA_BYTES);
    for (uint32_t i = 0; i < asked->count; i++) {
        const struct fixture_write *write = &asked->writes[i];
        buf_put_u8(&bytes, (uint8_t)write->verb);
        put_text(&bytes, write->table);
        put_text(&bytes, write->item);
        put_text(&bytes, write->condition);
        put_text(&bytes, write->update);
        put_text(&bytes, write->values);
    }
    assert_ok(f, buf_status(&bytes));
    return buf_view(&bytes);
}

static void plan_write(struct fixture *f, const struct fixture_write *write,
                       struct engine_write *out)
{
    struct expr_scope scope = scope_of(f, write->names, write->values);
    *out = (struct engine_write){.verb = write->verb,
                                 .table_name = span_of(write->table),
                                 .attributes = fixture_map(f, write->item),
                                 .old_on_failure = write->old_on_failure,
                                 .explains = write->explains,
                                 .has_version = write->has_version,
                                 .if_version = write->if_version,
                                 .arena = &f->arena};
    assert_ok(f, expr_scope_begin(&scope, &f->err));
    assert_ok(f, bind(f, &scope, EXPR_CONDITION, write->condition, &out->condition));
    assert_ok(f, bind(f, &scope, EXPR_UPDATE, write->update, &out->update));
    assert_ok(f, expr_scope_finish(&scope, &f->err));
}

struct fixture_pending *fixture_many_start(struct fixture *f, struct fixture_many *asked)
{
    struct fixture_pending *pending = arena_new(&f->arena, struct fixture_pending);
    assert_non_null(pending);
    assert_true(asked->count <= FIXTURE_MANY_MAX);
    f->err = error_in(&f->arena);
    waiter_init(f, &pending->waiter);
    pending->asked = asked;
    pending->many = (struct engine_many){
        .writes = arena_new_array(&f->arena, asked->count, struct engine_write),
        .count = asked->count,
        .transaction = asked->transaction,
        .token = asked->token == NULL ? (struct span){0} : span_of(asked->token),
        .fingerprint = fingerprint_of(f, asked),
        .arena = &f->arena,
        .err = &f->err,
        .done = waiter_done,
        .done_ctx = &pending->waiter};
    for (uint32_t i = 0; i < asked->count; i++) {
        plan_write(f, &asked->writes[i], &pending->many.writes[i]);
        pending->errors[i] = error_in(&f->arena);
        pending->many.writes[i].err = &pending->errors[i];
    }
    pending->started = engine_write_many(f->engine, &pending->many);
    return pending;
}

static const char *error_line(struct fixture *f, const struct error *err)
{
    struct buf buf;
    buf_init(&buf, arena_mem(&f->arena), FIXTURE_ARENA_BYTES);
    buf_put(&buf, error_text(err));
    return text_of(f, &buf);
}

status fixture_many_end(struct fixture *f, struct fixture_pending *pending)
{
    struct fixture_many *asked = pending->asked;
    const status st = waiter_end(&pending->waiter, pending->started);
    asked->replayed = pending->many.replayed;
    for (uint32_t i = 0; i < asked->count; i++) {
        const struct engine_write *write = &pending->many.writes[i];
        const struct error *err = &pending->errors[i];
        asked->reasons[i] = err->status;
        asked->messages[i] = err->status == ST_OK ? NULL : error_line(f, err);
        asked->writes[i].returned = write->has_attributes ? fixture_text(f, write->returned) : NULL;
        asked->writes[i].version = write->version;
        asked->writes[i].write_units = write->write_units;
        tell_collection(f, write, &asked->writes[i]);
    }
    return st;
}

bool fixture_many_is_done(struct fixture_pending *pending)
{
    return pending->started != ST_OK || waiter_is_done(&pending->waiter);
}

status fixture_many(struct fixture *f, struct fixture_many *many)
{
    return fixture_many_end(f, fixture_many_start(f, many));
}

/* ---- holding the store */

static status hold_run(struct store_txn *txn, void *ctx)
{
    struct fixture_hold *hold = ctx;
    (void)txn;
    mutex_lock(&hold->lock);
    hold->held = true;
    cond_wake_all(&hold->changed);
    while (!hold->released) cond_wait(&hold->changed, &hold->lock);
    mutex_unlock(&hold->lock);
    return ST_OK;
}

static void hold_done(void *ctx, status st)
{
    struct fixture_hold *hold = ctx;
    assert_int_equal(st, ST_OK);
    mutex_lock(&hold->lock);
    hold->done = true;
    cond_wake_all(&hold->changed);
    mutex_unlock(&hold->lock);
}

void fixture_hold(struct fixture *f, struct fixture_hold *hold)
{
    *hold = (struct fixture_hold){.held = false};
    mutex_init(&hold->lock);
    cond_init(&hold->changed);
    hold->node = (struct store_write){.fn = hold_run, .done = hold_done, .ctx = hold};
    store_write(f->store, &hold->node);
    mutex_lock(&hold->lock);
    while (!hold->held) cond_wait(&hold->changed, &hold->lock);
    mutex_unlock(&hold->lock);
}

void fixture_release(struct fixture_hold *hold)
{
    mutex_lock(&hold->lock);
    hold->released = true;
    cond_wake_all(&hold->changed);
    while (!hold->done) cond_wait(&hold->changed, &hold->lock);
    mutex_unlock(&hold->lock);
    cond_deinit(&hold->changed);
    mutex_deinit(&hold->lock);
}

/* ---- damage */

/* Of the first table, behind most of its items, without a whole hash. */
static const uint8_t short_key[] = {'I', 0, 0, 0, 1, 0xFF};

struct misplaced {
    struct arena *arena;
    struct span value;
};

static status find_item(struct store_view *view, void *ctx)
{
    static const uint8_t home[] = {'I', 0, 0, 0, 1}, end[] = {'I', 0, 0, 0, 2};
    const struct store_range range = {
        {home, sizeof home},
        {end,  sizeof end }
    };
    struct misplaced *misplaced = ctx;
    struct store_cursor *cursor = NULL;
    struct span key = {0}, value = {0};
    bool found = false;
    TRY(store_view_walk(view, range, false, &cursor));
    status st = store_cursor_next(cursor, &key, &value, &found);
    assert_true(st != ST_OK || found);
    if (st == ST_OK && !arena_copy(misplaced->arena, value, &misplaced->value)) st = ST_NO_MEMORY;
    store_cursor_close(cursor);
    return st;
}

static status put_misplaced(struct store_txn *txn, void *ctx)
{
    const struct misplaced *misplaced = ctx;
    return store_txn_put(txn, (struct span){short_key, sizeof short_key}, misplaced->value);
}

static status delete_misplaced(struct store_txn *txn, void *ctx)
{
    (void)ctx;
    return store_txn_delete(txn, (struct span){short_key, sizeof short_key});
}

void fixture_misplace(struct fixture *f)
{
    struct misplaced misplaced = {.arena = &f->arena};
    assert_int_equal(store_read(f->store, find_item, &misplaced), ST_OK);
    assert_int_equal(store_write_wait(f->store, put_misplaced, &misplaced), ST_OK);
}

void fixture_put_right(struct fixture *f)
{
    assert_int_equal(store_write_wait(f->store, delete_misplaced, NULL), ST_OK);
}

/* ---- threads */

void fixture_share(const struct fixture *f, struct fixture *out)
{
    *out = (struct fixture){.store = f->store, .space = f->space, .clock_ms = f->clock_ms};
    out->engine = &out->space;
    arena_init(&out->arena, support_mem(), FIXTURE_ARENA_BYTES);
    out->err = error_in(&out->arena);
}

void fixture_unshare(struct fixture *shared)
{
    arena_deinit(&shared->arena);
}

status fixture_table_write(struct fixture *f, struct engine_table_write *write)
{
    struct waiter waiter;
    f->err = error_in(&f->arena);
    waiter_init(f, &waiter);
    write->arena = &f->arena;
    write->err = &f->err;
    write->done = waiter_done;
    write->done_ctx = &waiter;
    return waiter_end(&waiter, engine_table_write(f->engine, write));
}

static struct table_key_part key_part(const char *text)
{
    const size_t len = strlen(text);
    assert_true(len > 2);
    return (struct table_key_part){span_take(span_of(text), len - 2),
                                   value_type_of(span_of(text + len - 1))};
}

static struct table_key key_of(const char *partition, const char *sort)
{
    struct table_key key = {.partition_count = 1, .sort_count = sort == NULL ? 0 : 1};
    key.partition[0] = key_part(partition);
    if (sort != NULL) key.sort[0] = key_part(sort);
    return key;
}

void fixture_indexed_table(struct fixture *f, const char *name, const char *partition,
                           const char *sort,
                           const struct fixture_index indexes[FIXTURE_INDEXES_MAX])
{
    struct table_index made[FIXTURE_INDEXES_MAX] = {{.global = false}};
    struct table_spec spec = {
        .name = span_of(name), .billing = TABLE_PAY_PER_REQUEST, .indexes = made};
    spec.key = key_of(partition, sort);
    while (spec.index_count < FIXTURE_INDEXES_MAX && indexes[spec.index_count].name != NULL) {
        const struct fixture_index *index = &indexes[spec.index_count];
        made[spec.index_count++] = (struct table_index){
            .name = span_of(index->name),
            .global = index->global,
            .key = key_of(index->global ? index->partition : partition, index->sort),
            .projection = index->projection,
        };
    }
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_CREATE, .name = spec.name, .spec = &spec};
    assert_ok(f, fixture_table_write(f, &write));
    assert_int_equal(write.description.table->status, TABLE_CREATING);
    table_drop(write.description.table);
}

status fixture_ttl(struct fixture *f, const char *table, const char *attribute, bool enabled)
{
    const struct engine_table_change change = {
        .has_ttl = true, .ttl_enabled = enabled, .ttl_attribute = span_of(attribute)};
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_UPDATE, .name = span_of(table), .change = &change};
    const status st = fixture_table_write(f, &write);
    if (st == ST_OK) table_drop(write.description.table);
    return st;
}

status fixture_stream(struct fixture *f, const char *table, table_stream_view view)
{
    const struct engine_table_change change = {.has_stream = true, .stream = view};
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_UPDATE, .name = span_of(table), .change = &change};
    const status st = fixture_table_write(f, &write);
    if (st == ST_OK) table_drop(write.description.table);
    return st;
}

uint64_t fixture_sweep(struct fixture *f)
{
    uint64_t deleted = 0;
    f->err = error_in(&f->arena);
    assert_ok(f, engine_sweep(f->engine->engine, &deleted, &f->err));
    return deleted;
}

void fixture_table(struct fixture *f, const char *name, const char *partition, const char *sort)
{
    const struct fixture_index none[FIXTURE_INDEXES_MAX] = {{.name = NULL}};
    fixture_indexed_table(f, name, partition, sort, none);
}

const char *fixture_get(struct fixture *f, const char *table, const char *key)
{
    struct engine_get get = {.table_name = span_of(table), .key = fixture_map(f, key)};
    f->err = error_in(&f->arena);
    assert_ok(f, engine_get(f->engine, &get, &f->arena, &f->err));
    return get.found ? fixture_text(f, get.item) : NULL;
}

uint64_t fixture_version(struct fixture *f, const char *table, const char *key)
{
    struct engine_get get = {.table_name = span_of(table), .key = fixture_map(f, key)};
    f->err = error_in(&f->arena);
    assert_ok(f, engine_get(f->engine, &get, &f->arena, &f->err));
    return get.version;
}

static const char *items_text(struct fixture *f, const struct engine_page *page)
{
    struct buf buf;
    struct json_writer json;
    buf_init(&buf, arena_mem(&f->arena), FIXTURE_ARENA_BYTES);
    json_writer_init(&json, &buf);
    json_writer_array_begin(&json);
    for (uint32_t i = 0; i < page->count; i++) wire_write_map(&json, page->items[i]);
    json_writer_array_end(&json);
    return text_of(f, &buf);
}

static status run_page(struct fixture *f, struct fixture_page *page)
{
    struct expr_scope scope = scope_of(f, page->names, page->values);
    struct engine_page *out = &page->page;
    out->table_name = span_of(page->table);
    if (page->start_key != NULL) out->start_key = fixture_map(f, page->start_key);
    TRY(expr_scope_begin(&scope, &f->err));
    TRY(bind(f, &scope, EXPR_KEY_CONDITION, page->key_condition, &out->key_condition));
    TRY(bind(f, &scope, EXPR_FILTER, page->filter, &out->filter));
    TRY(bind(f, &scope, EXPR_PROJECTION, page->projection, &out->projection));
    TRY(expr_scope_finish(&scope, &f->err));
    if (page->key_condition != NULL) return engine_query(f->engine, out, &f->arena, &f->err);
    return engine_scan(f->engine, out, &f->arena, &f->err);
}

status fixture_page(struct fixture *f, struct fixture_page *page)
{
    f->err = error_in(&f->arena);
    const status st = run_page(f, page);
    if (st != ST_OK) return st;
    const struct engine_page *out = &page->page;
    page->items = out->select == ENGINE_SELECT_ITEMS ? items_text(f, out) : NULL;
    page->last_key = out->has_last_key ? fixture_text(f, out->last_key) : NULL;
    return ST_OK;
}

const struct expr *fixture_filter(struct fixture *f, const char *text, const char *values)
{
    const struct expr *filter = NULL;
    struct expr_scope scope = scope_of(f, NULL, values);
    assert_ok(f, expr_scope_begin(&scope, &f->err));
    assert_ok(f, bind(f, &scope, EXPR_FILTER, text, &filter));
    assert_ok(f, expr_scope_finish(&scope, &f->err));
    return filter;
}

/* schema_test.c -- partition schemas and the indexes of one: what is refused, and what stands
 * where.
 *
 * The table: pk S, sk N, without indexes at first. The schema of most tests is of the prefix USER,
 * validates, requires "email" S and knows "age" N. Closing the fixture runs the checker, which
 * proves that the entries of every index are those that follow from the items.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/fixture.h"

static struct fixture f;
static char *folder;
static atomic_bool holds; /* no index is filled any further while this is set */

static const struct table_schema_attribute attributes[] = {
    {{(const uint8_t *)"email", 5}, VALUE_S, true },
    {{(const uint8_t *)"age", 3},   VALUE_N, false},
};

static struct table_schema user_schema(void)
{
    return (struct table_schema){.prefix = SPAN("USER"),
                                 .description = SPAN("people"),
                                 .attributes = attributes,
                                 .attribute_count = ARRAY_COUNT(attributes),
                                 .validates = true};
}

static int set_up(void **state)
{
    (void)state;
    folder = support_folder_new();
    fixture_open(&f, folder);
    fixture_table(&f, "t", "pk:S", "sk:N");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    atomic_store(&holds, false);
    fixture_close(&f);
    support_folder_free(folder);
    return 0;
}

/* ---- verbs */

static status change_table(const char *table, const struct engine_table_change *change)
{
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_UPDATE, .name = span_of(table), .change = change};
    const status st = fixture_table_write(&f, &write);
    if (st == ST_OK) table_drop(write.description.table);
    return st;
}

static status create_schema(const struct table_schema *schema)
{
    return change_table("t", &(struct engine_table_change){.new_schema = schema});
}

static void make_user_schema(void)
{
    const struct table_schema schema = user_schema();
    assert_int_equal(create_schema(&schema), ST_OK);
}

static status drop_schema(const char *prefix)
{
    return change_table("t", &(struct engine_table_change){.dropped_schema = span_of(prefix)});
}

static status create_index(const char *name, const char *scope)
{
    struct table_index index = {.name = span_of(name),
                                .global = true,
                                .projection = TABLE_PROJECT_ALL,
                                .scope = span_of(scope)};
    index.key.partition[index.key.partition_count++] =
        (struct table_key_part){SPAN("email"), VALUE_S};
    return change_table("t", &(struct engine_table_change){.new_index = &index});
}

static status drop_index(const char *name)
{
    return change_table("t", &(struct engine_table_change){.dropped_index = span_of(name)});
}

static table_status state_of(const char *name)
{
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, span_of(name), &seen, &f.err), ST_OK);
    const table_status state = seen.table->status;
    table_drop(seen.table);
    return state;
}

static void wait_until_active(void)
{
    for (int i = 0; i < 2000 && state_of("t") != TABLE_ACTIVE; i++) usleep(5000);
    assert_int_equal(state_of("t"), TABLE_ACTIVE);
}

static void make_index(const char *name, const char *scope)
{
    assert_int_equal(create_index(name, scope), ST_OK);
    wait_until_active();
}

static const char *item(const char *pk, const char *more)
{
    char *text = arena_alloc(&f.arena, 512);
    assert_non_null(text);
    (void)snprintf(text, 512, "{\"pk\":{\"S\":\"%s\"},\"sk\":{\"N\":\"1\"}%s}", pk, more);
    return text;
}

static status put(const char *pk, const char *more)
{
    struct fixture_write write = {.verb = ENGINE_PUT, .table = "t", .item = item(pk, more)};
    return fixture_write(&f, &write);
}

static status update(const char *pk, const char *expression, const char *values)
{
    struct fixture_write write = {.verb = ENGINE_UPDATE,
                                  .table = "t",
                                  .item = item(pk, ""),
                                  .update = expression,
                                  .values = values};
    return fixture_write(&f, &write);
}

static void assert_refused(status st, const char *message)
{
    assert_int_equal(st, ST_VALIDATION);
    support_assert_text(error_text(&f.err), message);
}

static void assert_stored(const char *pk, const char *more)
{
    const char *stored = fixture_get(&f, "t", item(pk, ""));
    if (more == NULL) {
        assert_null(stored);
        return;
    }
    assert_non_null(stored);
    const struct value wanted = fixture_map(&f, item(pk, more));
    assert_string_equal(stored, fixture_text(&f, wanted));
}

static uint32_t entries(const char *index)
{
    struct fixture_page page = {
        .table = "t", .page = {.index_name = span_of(index), .select = ENGINE_SELECT_COUNT}
    };
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    return page.page.count;
}

static uint32_t with_email(const char *index, const char *email)
{
    char values[64];
    (void)snprintf(values, sizeof values, "{\":e\":{\"S\":\"%s\"}}", email);
    struct fixture_page page = {.table = "t",
                                .key_condition = "email = :e",
                                .values = values,
                                .page = {.index_name = span_of(index)}};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    return page.page.count;
}

#define EMAIL ",\"email\":{\"S\":\"a@b\"}"
#define MISFIT "The item does not fit partition schema USER: "

/* ---- validation */

static void test_an_item_that_does_not_fit_is_refused_with_all_that_is_wrong(void **state)
{
    (void)state;
    make_user_schema();
    struct fixture_write write = {
        .verb = ENGINE_PUT, .table = "t", .item = item("USER#1", ",\"age\":{\"S\":\"x\"}")};
    assert_refused(fixture_write(&f, &write),
                   MISFIT "attribute \"email\" is missing; "
                          "attribute \"age\" is of type S and should be of type N");
    assert_non_null(write.misfit);
    support_assert_text(write.misfit->prefix, "USER");
    assert_int_equal(write.misfit->reason_count, 2);
    support_assert_text(write.misfit->reasons[0], "attribute \"email\" is missing");
    support_assert_text(write.misfit->reasons[1],
                        "attribute \"age\" is of type S and should be of type N");
    assert_int_equal(write.index_cost_count, 0);
    assert_stored("USER#1", NULL);
    assert_int_equal(put("USER#1", EMAIL ",\"age\":{\"N\":\"7\"},\"more\":{\"BOOL\":true}"), ST_OK);
    assert_int_equal(put("USER#2", EMAIL), ST_OK);
}

static void test_the_prefix_is_what_stands_before_the_first_mark(void **state)
{
    (void)state;
    make_user_schema();
    static const char *const covered[] = {"USER#1", "USER", "USER#", "USER#a#b"};
    static const char *const free_ones[] = {"USERS#1", "user#1", "#USER", "ORDER#USER#1", "U"};
    for (size_t i = 0; i < ARRAY_COUNT(covered); i++)
        assert_int_equal(put(covered[i], ""), ST_VALIDATION);
    for (size_t i = 0; i < ARRAY_COUNT(free_ones); i++)
        assert_int_equal(put(free_ones[i], ""), ST_OK);
}

static void test_the_outcome_of_an_update_is_judged(void **state)
{
    (void)state;
    make_user_schema();
    assert_int_equal(put("USER#1", EMAIL), ST_OK);
    assert_refused(update("USER#1", "REMOVE email", NULL), MISFIT "attribute \"email\" is missing");
    assert_refused(update("USER#1", "SET age = :a", "{\":a\":{\"S\":\"x\"}}"),
                   MISFIT "attribute \"age\" is of type S and should be of type N");
    assert_refused(update("USER#2", "SET age = :a", "{\":a\":{\"N\":\"1\"}}"),
                   MISFIT "attribute \"email\" is missing");
    assert_stored("USER#1", EMAIL);
    assert_stored("USER#2", NULL);
    assert_int_equal(update("USER#1", "SET age = :a", "{\":a\":{\"N\":\"1\"}}"), ST_OK);
    assert_int_equal(update("USER#2", "SET email = :e", "{\":e\":{\"S\":\"a@b\"}}"), ST_OK);
}

static void test_a_condition_is_judged_before_the_schema(void **state)
{
    (void)state;
    make_user_schema();
    struct fixture_write write = {.verb = ENGINE_PUT,
                                  .table = "t",
                                  .item = item("USER#1", ""),
                                  .condition = "attribute_exists(pk)"};
    assert_int_equal(fixture_write(&f, &write), ST_CONDITION_FAILED);
    assert_null(write.misfit);
}

static void test_without_validation_a_schema_only_describes(void **state)
{
    (void)state;
    struct table_schema schema = user_schema();
    schema.validates = false;
    assert_int_equal(create_schema(&schema), ST_OK);
    assert_int_equal(put("USER#1", ",\"age\":{\"S\":\"x\"}"), ST_OK);
}

static void test_what_was_there_before_stays_and_may_be_deleted(void **state)
{
    (void)state;
    assert_int_equal(put("USER#1", ""), ST_OK);
    assert_int_equal(put("USER#2", ""), ST_OK);
    make_user_schema();
    assert_stored("USER#1", "");
    assert_int_equal(update("USER#1", "SET x = :x", "{\":x\":{\"N\":\"1\"}}"), ST_VALIDATION);
    struct fixture_write gone = {.verb = ENGINE_DELETE, .table = "t", .item = item("USER#1", "")};
    assert_int_equal(fixture_write(&f, &gone), ST_OK);
    assert_int_equal(update("USER#2", "SET email = :e", "{\":e\":{\"S\":\"a@b\"}}"), ST_OK);
}

static void test_a_transaction_with_a_misfit_writes_nothing_and_says_which(void **state)
{
    (void)state;
    make_user_schema();
    struct fixture_write writes[] = {
        {.verb = ENGINE_PUT,    .table = "t", .item = item("ORDER#1", "")},
        { .verb = ENGINE_UPDATE,
         .table = "t",
         .item = item("USER#1",                                    ""),
         .update = "SET age = :a",
         .values = "{\":a\":{\"N\":\"1\"}}"},
    };
    struct fixture_many many = {
        .writes = writes, .count = ARRAY_COUNT(writes), .transaction = true};
    assert_int_equal(fixture_many(&f, &many), ST_TX_CANCELED);
    assert_int_equal(many.reasons[0], ST_OK);
    assert_int_equal(many.reasons[1], ST_VALIDATION);
    assert_string_equal(many.messages[1], MISFIT "attribute \"email\" is missing");
    assert_null(writes[0].misfit);
    assert_int_equal(writes[1].misfit->reason_count, 1);
    assert_stored("ORDER#1", NULL);
    assert_stored("USER#1", NULL);
}

static void test_a_batch_with_a_misfit_writes_nothing(void **state)
{
    (void)state;
    make_user_schema();
    struct fixture_write writes[] = {
        {.verb = ENGINE_PUT, .table = "t", .item = item("ORDER#1", "")},
        {.verb = ENGINE_PUT, .table = "t", .item = item("USER#1",  "")},
    };
    struct fixture_many many = {.writes = writes, .count = ARRAY_COUNT(writes)};
    assert_refused(fixture_many(&f, &many), MISFIT "attribute \"email\" is missing");
    assert_int_equal(writes[1].misfit->reason_count, 1);
    assert_stored("ORDER#1", NULL);
}

static void schema_done(void *ctx, status st)
{
    assert_int_equal(st, ST_OK);
    atomic_store((atomic_bool *)ctx, true);
}

/* A put that was prepared by the description without the schema runs behind its making (W5). */
static void test_a_write_queued_behind_a_new_schema_is_judged_by_it(void **state)
{
    (void)state;
    struct fixture_hold hold;
    atomic_bool made = false;
    const struct table_schema schema = user_schema();
    const struct engine_table_change change = {.new_schema = &schema};
    struct error err = error_in(&f.arena);
    struct engine_table_write making = {.verb = ENGINE_TABLE_UPDATE,
                                        .name = SPAN("t"),
                                        .change = &change,
                                        .arena = &f.arena,
                                        .err = &err,
                                        .done = schema_done,
                                        .done_ctx = &made};
    struct fixture_write write = {.verb = ENGINE_PUT, .table = "t", .item = item("USER#1", "")};
    struct fixture_many many = {.writes = &write, .count = 1};
    fixture_hold(&f, &hold);
    assert_int_equal(engine_table_write(f.engine, &making), ST_OK);
    struct fixture_pending *pending = fixture_many_start(&f, &many);
    fixture_release(&hold);
    assert_int_equal(fixture_many_end(&f, pending), ST_VALIDATION);
    assert_true(atomic_load(&made));
    table_drop(making.description.table);
    assert_stored("USER#1", NULL);
}

/* ---- making and ending */

static void test_a_schema_is_made_once_and_dropped_once(void **state)
{
    (void)state;
    const struct table_schema schema = user_schema();
    make_user_schema();
    assert_refused(create_schema(&schema), "Partition schema already exists: USER");
    assert_int_equal(drop_schema("USER"), ST_OK);
    assert_refused(drop_schema("USER"), "Partition schema not found: USER");
    assert_int_equal(put("USER#1", ""), ST_OK);
    make_user_schema();
    assert_int_equal(change_table("none", &(struct engine_table_change){.new_schema = &schema}),
                     ST_NOT_FOUND);
}

static void test_a_schema_needs_a_string_as_partition_key(void **state)
{
    (void)state;
    const struct table_schema schema = user_schema();
    fixture_table(&f, "numbers", "n:N", NULL);
    assert_refused(change_table("numbers", &(struct engine_table_change){.new_schema = &schema}),
                   "A partition schema needs a table whose partition key is of type S");
}

static void assert_user_schema(void)
{
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_OK);
    const struct table_spec *spec = &seen.table->spec;
    assert_int_equal(spec->schema_count, 1);
    support_assert_text(spec->schemas[0].prefix, "USER");
    support_assert_text(spec->schemas[0].description, "people");
    assert_true(spec->schemas[0].validates);
    assert_int_equal(spec->schemas[0].attribute_count, 2);
    support_assert_text(spec->schemas[0].attributes[0].name, "email");
    assert_true(spec->schemas[0].attributes[0].required);
    assert_int_equal(spec->schemas[0].attributes[1].type, VALUE_N);
    assert_int_equal(spec->index_count, 1);
    support_assert_text(spec->indexes[0].scope, "USER");
    table_drop(seen.table);
}

static void test_schemas_and_their_indexes_survive_reopening_and_copying(void **state)
{
    (void)state;
    char *parent = support_folder_new();
    char copy[600];
    (void)snprintf(copy, sizeof copy, "%s/copy", parent);
    make_user_schema();
    make_index("byEmail", "USER");
    assert_int_equal(put("USER#1", EMAIL), ST_OK);
    assert_int_equal(put("ORDER#1", EMAIL), ST_OK);
    fixture_reopen(&f, folder);
    assert_user_schema();
    assert_int_equal(put("USER#2", ""), ST_VALIDATION);
    assert_int_equal(put("USER#2", EMAIL), ST_OK);
    assert_int_equal(entries("byEmail"), 2);
    assert_int_equal(engine_backup(f.space.engine, copy, &f.err), ST_OK);
    fixture_reopen(&f, copy);
    assert_user_schema();
    fixture_check(&f);
    assert_int_equal(put("USER#3", ""), ST_VALIDATION);
    assert_int_equal(with_email("byEmail", "a@b"), 2);
    fixture_reopen(&f, folder);
    support_folder_free(parent);
}

/* Every limit of partition schemas at once. */
static void test_the_largest_schemas_are_kept(void **state)
{
    (void)state;
    static char names[LIMIT_SCHEMA_ATTRIBUTES][LIMIT_KEY_NAME_BYTES + 1];
    static char description[LIMIT_SCHEMA_DESCRIPTION_BYTES + 1];
    static struct table_schema_attribute many[LIMIT_SCHEMA_ATTRIBUTES];
    enum { EACH = LIMIT_SCHEMA_ATTRIBUTES / LIMIT_SCHEMAS };
    memset(description, 'd', LIMIT_SCHEMA_DESCRIPTION_BYTES);
    for (size_t i = 0; i < ARRAY_COUNT(many); i++) {
        (void)snprintf(names[i], sizeof names[i], "%0*zu", LIMIT_KEY_NAME_BYTES, i);
        many[i] = (struct table_schema_attribute){span_of(names[i]), VALUE_S, true};
    }
    for (size_t i = 0; i < LIMIT_SCHEMAS; i++) {
        const struct table_schema schema = {.prefix = span_of(names[i]),
                                            .description = span_of(description),
                                            .attributes = many + i * EACH,
                                            .attribute_count = EACH,
                                            .validates = true};
        assert_int_equal(create_schema(&schema), ST_OK);
    }
    fixture_reopen(&f, folder);
    struct fixture_write write = {
        .verb = ENGINE_PUT, .table = "t", .item = item(names[LIMIT_SCHEMAS - 1], "")};
    assert_int_equal(fixture_write(&f, &write), ST_VALIDATION);
    assert_int_equal(write.misfit->reason_count, EACH);
}

/* A note is given before the first step, on the thread that fills. */
static void hold_filling(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
    while (atomic_load(&holds)) usleep(1000);
}

static void test_schemas_may_change_while_an_index_is_filled(void **state)
{
    (void)state;
    struct table_schema other = user_schema();
    other.prefix = SPAN("ORDER");
    f.note = hold_filling;
    fixture_reopen(&f, folder);
    make_user_schema();
    assert_int_equal(put("USER#1", EMAIL), ST_OK);
    atomic_store(&holds, true);
    assert_int_equal(create_index("byEmail", "USER"), ST_OK);
    assert_int_equal(create_schema(&other), ST_OK);
    assert_int_equal(state_of("t"), TABLE_UPDATING);
    assert_refused(drop_schema("USER"), "Partition schema has indexes: USER");
    assert_int_equal(drop_schema("ORDER"), ST_OK);
    atomic_store(&holds, false);
    wait_until_active();
    assert_int_equal(entries("byEmail"), 1);
}

/* ---- indexes of a schema, and of all */

static void test_scoped_index_still_works(void **state)
{
    (void)state;
    make_user_schema();
    assert_int_equal(put("USER#1", EMAIL), ST_OK);
    assert_int_equal(put("ORDER#1", EMAIL), ST_OK);
    make_index("byEmail", "USER");
    assert_int_equal(with_email("byEmail", "a@b"), 1);
    assert_int_equal(put("USER#2", EMAIL), ST_OK);
    assert_int_equal(put("ORDER#2", EMAIL), ST_OK);
    assert_int_equal(with_email("byEmail", "a@b"), 2);
    assert_int_equal(update("USER#2", "SET email = :e", "{\":e\":{\"S\":\"c@d\"}}"), ST_OK);
    assert_int_equal(with_email("byEmail", "a@b"), 1);
    assert_int_equal(with_email("byEmail", "c@d"), 1);
    struct fixture_write gone = {.verb = ENGINE_DELETE, .table = "t", .item = item("USER#1", "")};
    assert_int_equal(fixture_write(&f, &gone), ST_OK);
    assert_int_equal(entries("byEmail"), 1);
}

static void test_scoped_index__needs_its_schema(void **state)
{
    (void)state;
    assert_refused(create_index("byEmail", "USER"), "Partition schema not found: USER");
    make_user_schema();
    make_index("byEmail", "USER");
    assert_refused(drop_schema("USER"), "Partition schema has indexes: USER");
    assert_int_equal(drop_index("byEmail"), ST_OK);
    assert_int_equal(drop_schema("USER"), ST_OK);
}

static void test_scoped_index__what_does_not_fit_it_is_not_in_it(void **state)
{
    (void)state;
    struct table_schema schema = user_schema();
    schema.validates = false;
    assert_int_equal(create_schema(&schema), ST_OK);
    make_index("byEmail", "USER");
    assert_int_equal(put("USER#1", ",\"email\":{\"N\":\"1\"}"), ST_OK);
    assert_int_equal(put("USER#2", ",\"email\":{\"S\":\"\"}"), ST_OK);
    assert_int_equal(put("USER#3", ""), ST_OK);
    assert_int_equal(put("ORDER#1", ",\"email\":{\"N\":\"1\"}"), ST_OK);
    assert_int_equal(update("USER#3", "SET email = :e", "{\":e\":{\"N\":\"1\"}}"), ST_OK);
    struct fixture_write write = {
        .verb = ENGINE_PUT, .table = "t", .item = item("USER#4", ",\"email\":{\"S\":\"\"}")};
    struct fixture_many many = {.writes = &write, .count = 1, .transaction = true};
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    assert_int_equal(entries("byEmail"), 0);
    assert_int_equal(update("USER#3", "SET email = :e", "{\":e\":{\"S\":\"a@b\"}}"), ST_OK);
    assert_int_equal(entries("byEmail"), 1);
}

static void test_scoped_index__costs_writes_of_its_items_alone(void **state)
{
    (void)state;
    make_user_schema();
    make_index("byEmail", "USER");
    struct fixture_write write = {.verb = ENGINE_PUT, .table = "t", .item = item("ORDER#1", EMAIL)};
    assert_int_equal(fixture_write(&f, &write), ST_OK);
    assert_int_equal(write.index_cost_count, 0);
    write.item = item("USER#1", EMAIL);
    assert_int_equal(fixture_write(&f, &write), ST_OK);
    assert_int_equal(write.index_cost_count, 1);
}

static void test_scoped_index__a_start_key_of_another_prefix_is_refused(void **state)
{
    (void)state;
    make_user_schema();
    make_index("byEmail", "USER");
    struct fixture_page page = {
        .table = "t", .start_key = item("ORDER#1", EMAIL), .page = {.index_name = SPAN("byEmail")}};
    assert_refused(fixture_page(&f, &page), "The provided starting key is invalid");
    page.start_key = item("USER#1", EMAIL);
    assert_int_equal(fixture_page(&f, &page), ST_OK);
}

static void test_create_global_index(void **state)
{
    (void)state;
    make_index("byEmail", "");
    assert_int_equal(put("USER#1", EMAIL), ST_OK);
    assert_int_equal(put("ORDER#1", EMAIL), ST_OK);
    assert_int_equal(with_email("byEmail", "a@b"), 2);
    assert_int_equal(create_index("byEmail", ""), ST_VALIDATION);
}

static void test_global_index_backfill(void **state)
{
    (void)state;
    assert_int_equal(put("USER#1", EMAIL), ST_OK);
    assert_int_equal(put("ORDER#1", EMAIL), ST_OK);
    make_index("byEmail", "");
    assert_int_equal(with_email("byEmail", "a@b"), 2);
    make_user_schema();
    make_index("users", "USER");
    assert_int_equal(with_email("users", "a@b"), 1);
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_OK);
    assert_int_equal(atomic_load(&seen.table->spec.indexes[0].live->item_count), 2);
    assert_int_equal(atomic_load(&seen.table->spec.indexes[1].live->item_count), 1);
    table_drop(seen.table);
}

static void test_global_index_sparse(void **state)
{
    (void)state;
    make_index("byEmail", "");
    assert_int_equal(put("USER#1", EMAIL), ST_OK);
    assert_int_equal(put("USER#2", ""), ST_OK);
    assert_int_equal(entries("byEmail"), 1);
    assert_int_equal(update("USER#1", "REMOVE email", NULL), ST_OK);
    assert_int_equal(entries("byEmail"), 0);
}

/* An index over all items is DynamoDB's: what is there before it is skipped, later it is refused.
 */
static void test_global_index_type_mismatch_skipped(void **state)
{
    (void)state;
    assert_int_equal(put("USER#1", ",\"email\":{\"N\":\"1\"}"), ST_OK);
    assert_int_equal(put("USER#2", EMAIL), ST_OK);
    make_index("byEmail", "");
    assert_int_equal(entries("byEmail"), 1);
    assert_int_equal(put("USER#3", ",\"email\":{\"N\":\"1\"}"), ST_VALIDATION);
    assert_int_equal(entries("byEmail"), 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_an_item_that_does_not_fit_is_refused_with_all_that_is_wrong),
        CASE(test_the_prefix_is_what_stands_before_the_first_mark),
        CASE(test_the_outcome_of_an_update_is_judged),
        CASE(test_a_condition_is_judged_before_the_schema),
        CASE(test_without_validation_a_schema_only_describes),
        CASE(test_what_was_there_before_stays_and_may_be_deleted),
        CASE(test_a_transaction_with_a_misfit_writes_nothing_and_says_which),
        CASE(test_a_batch_with_a_misfit_writes_nothing),
        CASE(test_a_write_queued_behind_a_new_schema_is_judged_by_it),
        CASE(test_a_schema_is_made_once_and_dropped_once),
        CASE(test_a_schema_needs_a_string_as_partition_key),
        CASE(test_schemas_and_their_indexes_survive_reopening_and_copying),
        CASE(test_the_largest_schemas_are_kept),
        CASE(test_schemas_may_change_while_an_index_is_filled),
        CASE(test_scoped_index_still_works),
        CASE(test_scoped_index__needs_its_schema),
        CASE(test_scoped_index__what_does_not_fit_it_is_not_in_it),
        CASE(test_scoped_index__costs_writes_of_its_items_alone),
        CASE(test_scoped_index__a_start_key_of_another_prefix_is_refused),
        CASE(test_create_global_index),
        CASE(test_global_index_backfill),
        CASE(test_global_index_sparse),
        CASE(test_global_index_type_mismatch_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

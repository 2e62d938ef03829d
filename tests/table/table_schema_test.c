/* table_schema_test.c -- partition schemas: which items they are of, what is a schema, how they are
 * stored; also that a description from before there were any is read, and written as it was.
 */
#include "table/table_schema.h"

#include <stdio.h>

#include "item/value_build.h"
#include "support/support.h"

static const struct table_schema_attribute attributes[] = {
    {{(const uint8_t *)"email", 5}, VALUE_S,    true },
    {{(const uint8_t *)"flags", 5}, VALUE_BOOL, false},
};

static struct table_schema schema_of(const char *prefix)
{
    return (struct table_schema){.prefix = span_of(prefix),
                                 .description = SPAN("people"),
                                 .attributes = attributes,
                                 .attribute_count = ARRAY_COUNT(attributes),
                                 .validates = true};
}

static struct table *make_table(value_type type, struct span scope)
{
    static const struct table_identity identity = {.id = "01234567-89ab-4cde-8f01-23456789abcd",
                                                   .number = 42};
    struct table_index index = {.name = SPAN("byG"), .global = true, .scope = scope};
    index.key.partition[index.key.partition_count++] = (struct table_key_part){SPAN("g"), VALUE_S};
    struct table_spec spec = {.name = SPAN("Music"), .indexes = &index, .index_count = 1};
    spec.key.partition[spec.key.partition_count++] = (struct table_key_part){SPAN("pk"), type};
    struct table *table = NULL;
    assert_int_equal(table_from_spec(support_mem(), &spec, &identity, &table), ST_OK);
    return table;
}

/* `table` with one more schema; the one given is dropped. */
static struct table *with(struct table *table, const char *prefix)
{
    const struct table_schema schema = schema_of(prefix);
    struct table *out = NULL;
    assert_int_equal(table_schema_add(support_mem(), table, &schema, &out), ST_OK);
    table_drop(table);
    return out;
}

static struct table *full_table(void)
{
    return with(with(with(make_table(VALUE_S, SPAN("USER")), "USER"), "ORDER"), "Z");
}

static void assert_full(const struct table *table)
{
    static const char *const prefixes[] = {"ORDER", "USER", "Z"};
    assert_int_equal(table->spec.schema_count, ARRAY_COUNT(prefixes));
    for (uint8_t i = 0; i < ARRAY_COUNT(prefixes); i++) {
        const struct table_schema *schema = &table->spec.schemas[i];
        support_assert_text(schema->prefix, prefixes[i]);
        support_assert_text(schema->description, "people");
        assert_true(schema->validates);
        assert_int_equal(schema->attribute_count, 2);
        support_assert_text(schema->attributes[0].name, "email");
        assert_int_equal(schema->attributes[0].type, VALUE_S);
        assert_true(schema->attributes[0].required);
        support_assert_text(schema->attributes[1].name, "flags");
        assert_int_equal(schema->attributes[1].type, VALUE_BOOL);
        assert_false(schema->attributes[1].required);
    }
    support_assert_text(table->spec.indexes[0].scope, "USER");
}

/* ---- the stored form */

static void test_schemas_are_kept_in_order_and_read_as_written(void **state)
{
    (void)state;
    struct buf buf;
    struct table *table = full_table(), *again = NULL;
    assert_full(table);
    buf_init(&buf, support_mem(), 4096);
    table_write(table, &buf);
    assert_int_equal(buf_status(&buf), ST_OK);
    assert_int_equal(buf.ptr[0], 3);
    assert_int_equal(table_read(support_mem(), buf_view(&buf), NULL, &again), ST_OK);
    buf_deinit(&buf);
    assert_full(again);
    table_drop(table);
    table_drop(again);
    support_mem_check();
}

static void test_a_description_with_schemas_cut_short_is_corrupt(void **state)
{
    (void)state;
    struct buf buf;
    struct table *table = full_table(), *again = NULL;
    buf_init(&buf, support_mem(), 4096);
    table_write(table, &buf);
    for (size_t len = 0; len < buf.len; len++) {
        const struct span cut = support_guard(span_take(buf_view(&buf), len));
        assert_int_equal(table_read(support_mem(), cut, NULL, &again), ST_CORRUPT);
        support_guard_free(cut);
    }
    buf_deinit(&buf);
    table_drop(table);
    support_mem_check();
}

static void test_a_table_without_schemas_is_written_as_before_there_were_any(void **state)
{
    (void)state;
    struct buf plain, again;
    struct table *table = make_table(VALUE_S, (struct span){0}), *without = NULL, *read = NULL;
    buf_init(&plain, support_mem(), 4096);
    buf_init(&again, support_mem(), 4096);
    table_write(table, &plain);
    assert_int_equal(plain.ptr[0], 2);
    table = with(table, "USER");
    assert_int_equal(table_schema_remove(support_mem(), table, SPAN("USER"), &without), ST_OK);
    table_write(without, &again);
    assert_true(span_eq(buf_view(&plain), buf_view(&again)));
    assert_int_equal(table_read(support_mem(), buf_view(&plain), NULL, &read), ST_OK);
    assert_int_equal(read->spec.schema_count, 0);
    assert_int_equal(read->spec.indexes[0].scope.len, 0);
    buf_deinit(&plain);
    buf_deinit(&again);
    table_drop(table);
    table_drop(without);
    table_drop(read);
    support_mem_check();
}

static void test_every_allocation_that_fails_is_told(void **state)
{
    (void)state;
    struct table *table = full_table(), *copy = NULL;
    for (uint64_t nth = 1;; nth++) {
        support_mem_fail_at(nth);
        const status st = table_schema_remove(support_mem(), table, SPAN("Z"), &copy);
        const bool failed = support_mem_failed();
        support_mem_fail_at(0);
        assert_int_equal(st, failed ? ST_NO_MEMORY : ST_OK);
        if (!failed) break;
    }
    table_drop(copy);
    table_drop(table);
    support_mem_check();
}

/* ---- which items */

static struct value key_of(struct arena *arena, const char *pk)
{
    struct buf buf;
    buf_init(&buf, arena_mem(arena), 4096);
    const size_t begun = value_write_begin(&buf);
    value_write_attribute(&buf, SPAN("pk"), (struct value){VALUE_S, span_of(pk)});
    value_write_end(&buf, begun, 1);
    assert_int_equal(buf_status(&buf), ST_OK);
    return (struct value){VALUE_M, buf_view(&buf)};
}

static void test_an_item_is_of_the_schema_before_its_first_mark(void **state)
{
    (void)state;
    static const struct {
        const char *pk, *prefix;
    } cases[] = {
        {"USER#1", "USER" },
        {"USER",   "USER" },
        {"ORDER#", "ORDER"},
        {"Z#USER", "Z"    },
        {"USERS",  NULL   },
        {"#USER",  NULL   },
        {"US",     NULL   },
    };
    struct arena arena;
    struct table *table = full_table();
    arena_init(&arena, support_mem(), 1 << 16);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct value key = key_of(&arena, cases[i].pk);
        const struct table_schema *schema = table_schema_of(table, key);
        assert_int_equal(schema != NULL, cases[i].prefix != NULL);
        if (schema == NULL) continue;
        support_assert_text(schema->prefix, cases[i].prefix);
        assert_true(table_schema_covers(table, schema->prefix, key));
        assert_false(table_schema_covers(table, SPAN("other"), key));
    }
    assert_true(table_schema_covers(table, (struct span){0}, key_of(&arena, "any")));
    arena_deinit(&arena);
    table_drop(table);
    support_mem_check();
}

/* ---- what is a schema */

static void assert_new(const struct table *table, const struct table_schema *schema,
                       const char *message)
{
    struct arena arena;
    arena_init(&arena, support_mem(), 1 << 16);
    struct error err = error_in(&arena);
    const status st = table_schema_check_new(table, schema, &err);
    assert_int_equal(st, message == NULL ? ST_OK : ST_VALIDATION);
    if (message != NULL) support_assert_text(error_text(&err), message);
    arena_deinit(&arena);
}

#define PREFIX_RULE "The prefix of a partition schema has 1 to 255 bytes of UTF-8 and no '#'"
#define NAME_RULE "The name of an attribute of a partition schema has 1 to 255 bytes of UTF-8"

static void test_a_schema_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const prefixes[] = {"", "#", "A#", "A#B", "\xC3"};
    static uint8_t letters[LIMIT_SCHEMA_DESCRIPTION_BYTES + 1];
    struct table *table = full_table(), *numbers = make_table(VALUE_N, (struct span){0});
    struct table_schema schema = schema_of("NEW");
    memset(letters, 'a', sizeof letters);
    assert_new(table, &schema, NULL);
    assert_new(numbers, &schema,
               "A partition schema needs a table whose partition key is of type S");
    for (size_t i = 0; i < ARRAY_COUNT(prefixes); i++) {
        schema.prefix = span_of(prefixes[i]);
        assert_new(table, &schema, PREFIX_RULE);
    }
    schema.prefix = (struct span){letters, LIMIT_SCHEMA_PREFIX_BYTES};
    schema.description = (struct span){letters, LIMIT_SCHEMA_DESCRIPTION_BYTES};
    assert_new(table, &schema, NULL);
    schema.prefix.len++;
    assert_new(table, &schema, PREFIX_RULE);
    schema.prefix = SPAN("NEW");
    schema.description.len++;
    assert_new(table, &schema,
               "The description of a partition schema has at most 1024 bytes of UTF-8");
    schema = schema_of("USER");
    assert_new(table, &schema, "Partition schema already exists: USER");
    table_drop(table);
    table_drop(numbers);
    support_mem_check();
}

static void test_an_attribute_that_is_none_is_refused(void **state)
{
    (void)state;
    struct table *table = full_table();
    struct table_schema schema = schema_of("NEW");
    struct table_schema_attribute wrong[] = {attributes[0], {.type = VALUE_S}};
    schema.attributes = wrong;
    assert_new(table, &schema, NAME_RULE);
    wrong[1].name = SPAN("\xFF");
    assert_new(table, &schema, NAME_RULE);
    wrong[1].name = SPAN("email");
    assert_new(table, &schema, "A partition schema has the attribute \"email\" once");
    wrong[1].name = SPAN("Email");
    assert_new(table, &schema, NULL);
    table_drop(table);
    support_mem_check();
}

static void test_a_table_has_so_many_schemas_and_attributes(void **state)
{
    (void)state;
    static struct table_schema_attribute many[LIMIT_SCHEMA_ATTRIBUTES];
    static char names[LIMIT_SCHEMA_ATTRIBUTES][8];
    static const char rule[] =
        "A table has at most 50 partition schemas, with 1000 attributes in all";
    struct table *table = make_table(VALUE_S, (struct span){0}), *next = NULL;
    struct table_schema schema = {.prefix = SPAN("ALL"), .attributes = many};
    for (size_t i = 0; i < ARRAY_COUNT(many); i++) {
        (void)snprintf(names[i], sizeof names[i], "a%zu", i);
        many[i] = (struct table_schema_attribute){span_of(names[i]), VALUE_N, false};
    }
    schema.attribute_count = LIMIT_SCHEMA_ATTRIBUTES + 1;
    assert_new(table, &schema, rule);
    schema.attribute_count = LIMIT_SCHEMA_ATTRIBUTES;
    assert_new(table, &schema, NULL);
    assert_int_equal(table_schema_add(support_mem(), table, &schema, &next), ST_OK);
    table_drop(table);
    const struct table_schema another = schema_of("X");
    assert_new(next, &another, rule);
    struct table_schema empty = {.attribute_count = 0};
    for (size_t i = 1; i < LIMIT_SCHEMAS; i++) {
        table = next;
        empty.prefix = span_of(names[i]);
        assert_new(table, &empty, NULL);
        assert_int_equal(table_schema_add(support_mem(), table, &empty, &next), ST_OK);
        table_drop(table);
    }
    empty.prefix = SPAN("more");
    assert_new(next, &empty, rule);
    table_drop(next);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schemas_are_kept_in_order_and_read_as_written),
        cmocka_unit_test(test_a_description_with_schemas_cut_short_is_corrupt),
        cmocka_unit_test(test_a_table_without_schemas_is_written_as_before_there_were_any),
        cmocka_unit_test(test_every_allocation_that_fails_is_told),
        cmocka_unit_test(test_an_item_is_of_the_schema_before_its_first_mark),
        cmocka_unit_test(test_a_schema_that_is_none_is_refused),
        cmocka_unit_test(test_an_attribute_that_is_none_is_refused),
        cmocka_unit_test(test_a_table_has_so_many_schemas_and_attributes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* key_rules_test.c -- attribute definitions: found in any order and number, each once, all used;
 * and what becomes of a key schema. The sentences are told by tests/spec.
 */
#include "api/key_rules.h"

#include <stdio.h>

#include "support/support.h"

enum { MANY = 5000, STEP = 7919 /* has no divisor in common with MANY */, NAME_BYTES = 8 };

struct fixture {
    struct arena arena;
    struct error err;
    struct table_fields_definition definitions[MANY];
    char names[MANY][NAME_BYTES];
};

/* Definitions "0" to "4999" in a mixed order. */
static void fixture_open(struct fixture *f)
{
    arena_init(&f->arena, support_mem(), 4 << 20);
    f->err = error_in(&f->arena);
    for (unsigned i = 0; i < MANY; i++) {
        const unsigned n = i * STEP % MANY;
        (void)snprintf(f->names[i], NAME_BYTES, "%u", n);
        f->definitions[i].name = span_of(f->names[i]);
        f->definitions[i].type.value = n % 2 == 0 ? VALUE_S : VALUE_N;
    }
}

static void fixture_close(struct fixture *f)
{
    arena_deinit(&f->arena);
    support_mem_check();
}

static struct field_list list_of(const void *elements, uint32_t count)
{
    return (struct field_list){.given = true, .count = count, .elements = elements};
}

static struct table_fields_key key_of(const char *name, table_fields_role role)
{
    return (struct table_fields_key){.name = span_of(name), .role = {.value = (int)role}};
}

static void test_key_rules__every_definition_is_found(void **state)
{
    static struct fixture f;
    (void)state;
    fixture_open(&f);
    struct key_rules rules = {0};
    const struct field_list definitions = list_of(f.definitions, MANY);
    assert_int_equal(key_rules_begin(&rules, &f.arena, &definitions, &f.err), ST_OK);
    for (unsigned i = 0; i < MANY; i++) {
        const struct table_fields_key part = {.name = f.definitions[i].name,
                                              .role = {.value = TABLE_FIELDS_HASH}};
        const struct field_list key = list_of(&part, 1);
        assert_int_equal(key_rules_all_used(&rules, false, &f.err), ST_VALIDATION);
        assert_int_equal(key_rules_use(&rules, &key, &f.err), ST_OK);
    }
    assert_int_equal(key_rules_all_used(&rules, false, &f.err), ST_OK);
    const struct table_fields_key unknown = key_of("5000", TABLE_FIELDS_HASH);
    const struct field_list key = list_of(&unknown, 1);
    assert_int_equal(key_rules_use(&rules, &key, &f.err), ST_VALIDATION);
    fixture_close(&f);
}

static void test_key_rules__a_definition_stands_once(void **state)
{
    static struct fixture f;
    (void)state;
    fixture_open(&f);
    struct key_rules rules = {0};
    f.definitions[MANY - 1].name = f.definitions[17].name;
    const struct field_list definitions = list_of(f.definitions, MANY);
    assert_int_equal(key_rules_begin(&rules, &f.arena, &definitions, &f.err), ST_VALIDATION);
    char expected[64];
    (void)snprintf(expected, sizeof expected, "Attribute Name is duplicated: %s", f.names[17]);
    support_assert_text(error_text(&f.err), expected);
    fixture_close(&f);
}

static void test_key_rules__no_definitions_are_none_too_many(void **state)
{
    static struct fixture f;
    (void)state;
    fixture_open(&f);
    struct key_rules rules = {0};
    const struct field_list none = {.given = true};
    assert_int_equal(key_rules_begin(&rules, &f.arena, &none, &f.err), ST_OK);
    assert_int_equal(key_rules_all_used(&rules, true, &f.err), ST_OK);
    fixture_close(&f);
}

static void test_key_rules__a_schema_becomes_a_key_in_its_own_order(void **state)
{
    static struct fixture f;
    (void)state;
    fixture_open(&f);
    struct key_rules rules = {0};
    struct table_key made = {0};
    const struct field_list definitions = list_of(f.definitions, MANY);
    const struct table_fields_key parts[] = {
        key_of("77", TABLE_FIELDS_HASH), key_of("8", TABLE_FIELDS_HASH),
        key_of("500", TABLE_FIELDS_RANGE), key_of("3", TABLE_FIELDS_RANGE)};
    const struct field_list key = list_of(parts, ARRAY_COUNT(parts));
    assert_int_equal(key_rules_begin(&rules, &f.arena, &definitions, &f.err), ST_OK);
    assert_int_equal(key_rules_use(&rules, &key, &f.err), ST_OK);
    assert_int_equal(key_rules_parts(&key, &f.err), ST_OK);
    key_rules_fill(&rules, &key, &made);
    assert_int_equal(made.partition_count, 2);
    assert_int_equal(made.sort_count, 2);
    support_assert_text(made.partition[0].name, "77");
    assert_int_equal(made.partition[0].type, VALUE_N);
    support_assert_text(made.partition[1].name, "8");
    assert_int_equal(made.partition[1].type, VALUE_S);
    support_assert_text(made.sort[0].name, "500");
    support_assert_text(made.sort[1].name, "3");
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_rules__every_definition_is_found),
        cmocka_unit_test(test_key_rules__a_definition_stands_once),
        cmocka_unit_test(test_key_rules__no_definitions_are_none_too_many),
        cmocka_unit_test(test_key_rules__a_schema_becomes_a_key_in_its_own_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

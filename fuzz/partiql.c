/* partiql.c -- fuzz PartiQL: a byte that chooses how many parameters there are, then a statement.
 *
 * What is read is planned and used on a fixed item:
 *
 *     a SELECT     its WHERE is judged, its columns picked; each read is a key condition
 *     an INSERT    its item is a valid one
 *     an UPDATE    makes a valid item, or says what is wrong
 *
 * Refusals have a text, and reading the same statement again ends the same way. Statements come out
 * of JSON, so one that is not UTF-8 is passed over.
 */
#include <assert.h>

#include "base/utf8.h"
#include "partiql/partiql.h"
#include "sample.h"

enum { ARENA_BYTES = 64 << 20, PARAMETERS = 4 };

static const char parameters_text[] =
    "{\"1\":{\"S\":\"ab\"},\"2\":{\"N\":\"2\"},\"3\":{\"SS\":[\"x\",\"y\"]},\"4\":{\"B\":\"YWI=\"}"
    "}";

static const struct expr_key_schema schema = {.partition = {{(const uint8_t *)"pk", 2}},
                                              .sort = {{(const uint8_t *)"sk", 2}},
                                              .partition_count = 1,
                                              .sort_count = 1};

static const struct partiql_key key = {.partition = {{{(const uint8_t *)"pk", 2}, VALUE_S}},
                                       .sort = {{{(const uint8_t *)"sk", 2}, VALUE_S}},
                                       .partition_count = 1,
                                       .sort_count = 1};

static void check_select(struct arena *arena, const struct partiql_statement *statement)
{
    struct value shown = {0};
    const struct item item = {.attributes = sample_item(arena)};
    if (statement->where != NULL) {
        (void)expr_holds(statement->where, NULL);
        (void)expr_holds(statement->where, &item);
    }
    const status st = partiql_project(statement, item.attributes, arena, &shown);
    assert(st == ST_OK);
    sample_check_item(arena, shown);
}

static void check_update(struct arena *arena, const struct partiql_statement *statement)
{
    struct error err = error_in(arena);
    struct value after = {0};
    const status st = expr_update(statement->update, sample_item(arena), arena, &after, &err);
    assert(st == ST_OK || st == ST_VALIDATION);
    if (st == ST_OK) sample_check_item(arena, after);
}

static void check_plan(struct arena *arena, const struct partiql_statement *statement)
{
    struct error err = error_in(arena);
    struct partiql_plan plan = {0};
    status st = partiql_plan(statement, &key, arena, &plan, &err);
    assert(st == ST_OK || (st == ST_VALIDATION && error_text(&err).len > 0));
    if (st != ST_OK) return;
    for (uint32_t i = 0; i < plan.read_count; i++) {
        struct expr_key_range range = {0};
        st = expr_key_range(plan.reads[i].key_condition, &schema, &range, &err);
        assert(st == ST_OK);
        if (plan.reads[i].is_one_item) sample_check_item(arena, plan.reads[i].key);
        const struct span *names = NULL;
        uint32_t count = 0;
        st = partiql_filter_names(&plan.reads[i], arena, &names, &count);
        assert(st == ST_OK);
    }
    if (plan.condition != NULL) (void)expr_holds(plan.condition, NULL);
}

static void use(struct arena *arena, const struct partiql_statement *statement)
{
    switch (statement->verb) {
    case PARTIQL_SELECT:
        check_select(arena, statement);
        break;
    case PARTIQL_INSERT:
        sample_check_item(arena, statement->item);
        break;
    case PARTIQL_UPDATE:
        check_update(arena, statement);
        break;
    case PARTIQL_DELETE:
        break;
    }
    check_plan(arena, statement);
}

static uint32_t read_parameters(struct arena *arena, uint8_t wanted, struct value *out)
{
    struct value_cursor cursor = value_walk(sample_map(arena, parameters_text));
    struct span name = {0};
    uint32_t count = 0;
    while (count < wanted && value_next_attribute(&cursor, &name, &out[count])) count++;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size - 1 > LIMIT_STATEMENT_BYTES) return 0;
    if (!utf8_is_valid((struct span){data + 1, size - 1})) return 0;
    struct value parameters[PARAMETERS];
    struct arena arena;
    arena_init(&arena, mem_heap(), ARENA_BYTES);
    const struct partiql_source source = {
        .text = {data + 1, size - 1},
        .parameters = parameters,
        .parameter_count = read_parameters(&arena, data[0] % (PARAMETERS + 1), parameters),
    };
    struct partiql_statement statement = {0};
    struct partiql_statement again = {0};
    struct error err = error_in(&arena);
    const status st = partiql_parse(&source, &arena, &statement, &err);
    assert(st == ST_OK || (st == ST_VALIDATION && error_text(&err).len > 0));
    const status second = partiql_parse(&source, &arena, &again, &err);
    assert(st == second);
    if (st == ST_OK) use(&arena, &statement);
    arena_deinit(&arena);
    return 0;
}

/* scenario.c -- see scenario.h.
 *
 * Nearly all work on one table: notes, with keys pk and sk, a local index by-n, a global one by-g
 * and its stream on. Whatever is written there is written in four places at once. Its items at
 * first: i0 to i3, sk 0, each with a count c of 0.
 */
#include "fault/scenario.h"

#include <stdio.h>
#include <unistd.h>

#include "fault/vectors.h"

/* ---- texts */

#define KEYS(name) "\"pk\":{\"S\":\"" name "\"},\"sk\":{\"S\":\"0\"}"
#define OF(more) "{\"TableName\":\"notes\"," more "}"
#define ITEM_OF(name, more)                                                                        \
    "{\"c\":{\"N\":\"" more "\"},\"g\":{\"S\":\"x\"},\"n\":{\"N\":\"7\"}," KEYS(name) "}"
#define GET(name) OF("\"Key\":{" KEYS(name) "}")
#define SAYS(name, more) "{\"Item\":" ITEM_OF(name, more) "}"
#define PUT(name, more) OF("\"Item\":" ITEM_OF(name, more))
#define GET_TWO(a, b) "{\"TransactItems\":[{\"Get\":" GET(a) "},{\"Get\":" GET(b) "}]}"

#define INDEXES                                                                                    \
    "\"LocalSecondaryIndexes\":[{\"IndexName\":\"by-n\",\"KeySchema\":["                           \
    "{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},"                                             \
    "{\"AttributeName\":\"n\",\"KeyType\":\"RANGE\"}],"                                            \
    "\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}}],"                                         \
    "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"by-g\",\"KeySchema\":["                          \
    "{\"AttributeName\":\"g\",\"KeyType\":\"HASH\"}],"                                             \
    "\"Projection\":{\"ProjectionType\":\"ALL\"}}],"
#define DEFINE(name) "{\"AttributeName\":\"" name "\",\"AttributeType\":\"S\"}"
#define DEFINE_N "{\"AttributeName\":\"n\",\"AttributeType\":\"N\"}"
#define DEFINITIONS(list) "\"AttributeDefinitions\":[" list "]"
#define KEY(name, type) "{\"AttributeName\":\"" name "\",\"KeyType\":\"" type "\"}"
#define STREAM                                                                                     \
    "\"StreamSpecification\":{\"StreamEnabled\":true,"                                             \
    "\"StreamViewType\":\"NEW_AND_OLD_IMAGES\"},"
#define NAMES DEFINITIONS(DEFINE("pk") "," DEFINE("sk") "," DEFINE("g") "," DEFINE_N)
#define SCHEMA "\"KeySchema\":[" KEY("pk", "HASH") "," KEY("sk", "RANGE") "]"
#define TABLE OF("\"BillingMode\":\"PAY_PER_REQUEST\"," STREAM INDEXES NAMES "," SCHEMA)

static status ask(struct house *house, const char *operation, const char *body)
{
    if (strcmp(operation, VECTORS_NEAREST) == 0) return vectors_nearest(house, body);
    return house_ask(house, operation, body);
}

static void must(struct house *house, const char *operation, const char *body)
{
    const status st = ask(house, operation, body);
    if (st != ST_OK) fail_msg("%s %s: %s", operation, body, house->reply);
}

static void prepare_notes(struct house *house)
{
    must(house, "CreateTable", TABLE);
    must(house, "PutItem", PUT("i0", "0"));
    must(house, "PutItem", PUT("i1", "0"));
    must(house, "PutItem", PUT("i2", "0"));
    must(house, "PutItem", PUT("i3", "0"));
}

#define LOOK_ITEM(name, before, after)                                                             \
    .look = "GetItem", .look_body = GET(name), .absent = before, .present = after, .records = 1
#define STEP_PUT(name)                                                                             \
    {                                                                                              \
        .operation = "PutItem", .body = PUT(name, "1"), LOOK_ITEM(name, "{}", SAYS(name, "1"))     \
    }

/* ---- transactions */

#define PUT_NEW "{\"Put\":" PUT("new", "1") "}"
#define ADD_ONE_TO(name)                                                                           \
    OF("\"Key\":{" KEYS(name) "},\"UpdateExpression\":\"ADD c :one\","                             \
                              "\"ExpressionAttributeValues\":{\":one\":{\"N\":\"1\"}}")
#define UPDATE_I1 "{\"Update\":" ADD_ONE_TO("i1") "}"
#define DELETE_I2 "{\"Delete\":" GET("i2") "}"
#define IF_THERE(name)                                                                             \
    OF("\"Key\":{" KEYS(name) "},\"ConditionExpression\":\"attribute_exists(pk)\"")
#define CHECK_I3 "{\"ConditionCheck\":" IF_THERE("i3") "}"
#define FOUR_PARTS PUT_NEW "," UPDATE_I1 "," DELETE_I2 "," CHECK_I3
#define TRANSACT "{\"ClientRequestToken\":\"once\",\"TransactItems\":[" FOUR_PARTS "]}"
#define GET_FOUR                                                                                   \
    "{\"TransactItems\":[{\"Get\":" GET("new") "},{\"Get\":" GET("i1") "},{\"Get\":" GET(          \
        "i2") "},{\"Get\":" GET("i3") "}]}"
#define FOUR(a, b, c) "{\"Responses\":[" a "," b "," c "," SAYS("i3", "0") "]}"

/* Whatever became of it, asking once more with the token leaves it having happened once. */
static void judge_transact(struct house *house, const bool *acked)
{
    (void)acked;
    must(house, "TransactWriteItems", TRANSACT);
    must(house, "TransactGetItems", GET_FOUR);
    assert_string_equal(house->reply, FOUR(SAYS("new", "1"), SAYS("i1", "1"), "{}"));
}

/* ---- a new index */

enum { FILL_ITEMS = 30, WAIT_MS = 20000, WAIT_SOME_MS = 300 };

static void prepare_fill(struct house *house)
{
    prepare_notes(house);
    for (int i = 0; i < FILL_ITEMS; i++) {
        char body[300];
        (void)snprintf(body, sizeof body,
                       OF("\"Item\":{\"pk\":{\"S\":\"f%d\"},\"sk\":"
                          "{\"S\":\"0\"},\"h\":{\"S\":\"h%d\"}}"),
                       i, i % 3);
        must(house, "PutItem", body);
    }
}

#define INDEX_H                                                                                    \
    "{\"Create\":{\"IndexName\":\"by-h\",\"KeySchema\":[" KEY(                                     \
        "h", "HASH") "],\"Projection\":{\"ProjectionType\":\"ALL\"}}}"
#define ADD_INDEX OF(DEFINITIONS(DEFINE("h")) ",\"GlobalSecondaryIndexUpdates\":[" INDEX_H "]")

static status add_index(struct house *house)
{
    const status st = house_ask(house, "UpdateTable", ADD_INDEX);
    (void)house_wait_until_said(house, "notes", "CREATING", false, WAIT_SOME_MS);
    return st;
}

static scenario_mark see_index(struct house *house)
{
    if (!house_wait_until_said(house, "notes", "CREATING", false, WAIT_MS)) return MARK_TORN;
    if (strstr(house->reply, "by-h") == NULL) return MARK_ABSENT;
    must(house, "Scan", OF("\"IndexName\":\"by-h\",\"Select\":\"COUNT\""));
    return strstr(house->reply, "\"Count\":30,") == NULL ? MARK_TORN : MARK_PRESENT;
}

static status drop_index(struct house *house)
{
    const status st =
        house_ask(house, "UpdateTable",
                  OF("\"GlobalSecondaryIndexUpdates\":[{\"Delete\":{\"IndexName\":\"by-g\"}}]"));
    (void)house_wait_until_said(house, "notes", "DELETING", false, WAIT_SOME_MS);
    return st;
}

static scenario_mark see_no_index(struct house *house)
{
    if (!house_wait_until_said(house, "notes", "DELETING", false, WAIT_MS)) return MARK_TORN;
    return strstr(house->reply, "by-g") == NULL ? MARK_PRESENT : MARK_ABSENT;
}

/* ---- the end of a table */

static status drop_table(struct house *house)
{
    const status st = house_ask(house, "DeleteTable", "{\"TableName\":\"notes\"}");
    (void)house_wait_until_said(house, "notes", "DELETING", false, WAIT_SOME_MS);
    return st;
}

static scenario_mark see_no_table(struct house *house)
{
    if (!house_wait_until_said(house, "notes", "DELETING", false, WAIT_MS)) return MARK_TORN;
    must(house, "ListTables", "{}");
    return strstr(house->reply, "notes") == NULL ? MARK_PRESENT : MARK_ABSENT;
}

/* ---- time to live */

enum { MORTALS = 5, HOUR_MS = 60 * 60 * 1000, DAY_MS = 24 * HOUR_MS };

static void prepare_ttl(struct house *house)
{
    prepare_notes(house);
    for (int i = 0; i < MORTALS; i++) {
        char body[300];
        (void)snprintf(body, sizeof body,
                       OF("\"Item\":{\"pk\":{\"S\":\"m%d\"},\"sk\":"
                          "{\"S\":\"0\"},\"g\":{\"S\":\"y\"},\"end\":"
                          "{\"N\":\"1700000100\"}}"),
                       i);
        must(house, "PutItem", body);
    }
}

static status switch_ttl_on(struct house *house)
{
    return house_ask(house, "UpdateTimeToLive",
                     OF("\"TimeToLiveSpecification\":{\"AttributeName\":\"end\","
                        "\"Enabled\":true}"));
}

static status sweep_later(struct house *house)
{
    atomic_fetch_add(&house->clock_ms, HOUR_MS);
    return house_sweep(house);
}

static bool ttl_is(struct house *house, const char *text)
{
    must(house, "DescribeTimeToLive", "{\"TableName\":\"notes\"}");
    return strstr(house->reply, text) != NULL;
}

/* Items that were deleted have each left a record, and no other has: of those here one is told by
 * the other. */
static void judge_ttl(struct house *house, const bool *acked)
{
    struct engine_check check;
    for (unsigned ms = 0; ms < WAIT_MS && ttl_is(house, "ENABLING"); ms++) usleep(1000);
    house_check(house, &check);
    assert_int_equal(check.items + house_records(house, "REMOVE"), 4 + MORTALS);
    if (acked[0]) assert_true(ttl_is(house, "ENABLED"));
    if (!ttl_is(house, "ENABLED")) return;
    atomic_fetch_add(&house->clock_ms, HOUR_MS);
    assert_int_equal(house_sweep(house), ST_OK);
    assert_int_equal(house_records(house, "REMOVE"), MORTALS);
}

/* ---- the change log */

static void prepare_stream(struct house *house)
{
    prepare_notes(house);
    atomic_fetch_add(&house->clock_ms, 5 * HOUR_MS); /* its shard goes on in another */
    must(house, "PutItem", PUT("late", "1"));
    atomic_fetch_add(&house->clock_ms, 22 * HOUR_MS);
}

static status read_stream(struct house *house)
{
    unsigned records = 0;
    const status st = house_read_records(house, NULL, &records);
    if (st == ST_OK) assert_true(records == 1 || records == 5);
    return st;
}

static void judge_stream(struct house *house, const bool *acked)
{
    unsigned records = house_records(house, NULL);
    assert_true(records == 1 || (!acked[1] && records == 5));
    assert_int_equal(house_sweep(house), ST_OK);
    records = house_records(house, NULL);
    assert_true(records <= 5);
}

/* ---- copies */

char scenario_copy_folder[HOUSE_PATH_BYTES];

static status back_up(struct house *house)
{
    house->err = error_in(&house->arena);
    return engine_backup(instance_engine(house->instance), scenario_copy_folder, &house->err);
}

/* What was acknowledged opens and is whole. What was not is not opened, unless it is whole. */
static void judge_backup(struct house *house, const bool *acked)
{
    static struct house copy;
    struct engine_check check;
    (void)house;
    house_init(&copy);
    const status st = house_open(&copy, scenario_copy_folder);
    if (acked[1]) assert_int_equal(st, ST_OK);
    if (st == ST_OK) {
        const status found = house_ask(&copy, "ListTables", "{}");
        assert_int_equal(found, ST_OK);
        const bool is_empty = strstr(copy.reply, "notes") == NULL; /* it was made just now */
        if (acked[1]) assert_false(is_empty);
        house_check(&copy, &check);
        if (!is_empty) assert_in_range(check.items, 4, 6);
        if (acked[0] && !is_empty) must(&copy, "GetItem", GET("a"));
        if (acked[0] && !is_empty) assert_string_equal(copy.reply, SAYS("a", "1"));
    } else if (st != ST_FOREIGN) {
        fail_msg("the copy is opened, and then: %.*s", SPAN_ARG(error_text(&copy.err)));
    }
    house_close(&copy);
    house_deinit(&copy);
}

/* ---- vector indexes */

#define ON(attribute, x) "\"" attribute "\":{\"L\":[{\"N\":\"" x "\"},{\"N\":\"0\"}]}"
#define PUT_ON(name, x) OF("\"Item\":{" KEYS(name) "," ON("v", x) "}")
#define MOVE_TO(name, x)                                                                           \
    OF("\"Key\":{" KEYS(name) "},\"UpdateExpression\":\"SET v=:v\","                               \
                              "\"ExpressionAttributeValues\":{" ON(":v", x) "}")

/* Items on a line, in two indexes. */
static void prepare_vectors(struct house *house)
{
    must(house, "CreateTable", TABLE);
    assert_int_equal(vectors_create(house, "notes", "near"), ST_OK);
    assert_int_equal(vectors_create(house, "notes", "old"), ST_OK);
    must(house, "PutItem", PUT_ON("p0", "0"));
    must(house, "PutItem", PUT_ON("p1", "10"));
    must(house, "PutItem", PUT_ON("p2", "100"));
    must(house, "PutItem", PUT_ON("p3", "101"));
    assert_int_equal(vectors_wait(house, "notes", "near", WAIT_MS), ST_OK);
    assert_int_equal(vectors_wait(house, "notes", "old", WAIT_MS), ST_OK);
}

static status add_vectors(struct house *house)
{
    const status st = vectors_create(house, "notes", "young");
    (void)vectors_wait(house, "notes", "young", WAIT_SOME_MS);
    return st;
}

/* It finds what the other finds, and what no step changes. */
static scenario_mark see_vectors(struct house *house)
{
    char others[20];
    const status st = vectors_wait(house, "notes", "young", WAIT_MS);
    if (st == ST_NOT_FOUND) return MARK_ABSENT;
    if (st != ST_OK) return MARK_TORN;
    must(house, VECTORS_NEAREST, "notes near -10");
    (void)snprintf(others, sizeof others, "%.19s", house->reply);
    must(house, VECTORS_NEAREST, "notes young -10");
    if (strcmp(house->reply, others) != 0) return MARK_TORN;
    must(house, VECTORS_NEAREST, "notes young 100");
    return strcmp(house->reply, "p2 0") == 0 ? MARK_PRESENT : MARK_TORN;
}

static status drop_vectors(struct house *house)
{
    return vectors_drop(house, "notes", "old");
}

static scenario_mark see_no_vectors(struct house *house)
{
    const status st = vectors_wait(house, "notes", "old", WAIT_MS);
    if (st == ST_NOT_FOUND) return MARK_PRESENT;
    if (st != ST_OK) return MARK_TORN;
    must(house, VECTORS_NEAREST, "notes old 0");
    return strcmp(house->reply, "p0 0") == 0 ? MARK_ABSENT : MARK_TORN;
}

/* ---- what goes on by itself */

static status compact(struct house *house)
{
    engine_compact(instance_engine(house->instance));
    return ST_OK;
}

/* ---- the table */

#define STEP_NEAREST(to, answer)                                                                   \
    {                                                                                              \
        .operation = VECTORS_NEAREST, .body = to, .present = answer                                \
    }
#define LOOK_NEAREST(to, before, after)                                                            \
    .look = VECTORS_NEAREST, .look_body = to, .absent = before, .present = after, .records = 1

#define STATEMENT(text) .operation = "ExecuteStatement", .body = "{\"Statement\":\"" text "\"}"
#define WHERE(name) " WHERE pk='" name "' AND sk='0'"
#define INSERT(name) "INSERT INTO notes VALUE {'pk':'" name "','sk':'0','c':1,'g':'x','n':7}"
#define ONE_AND_ZERO "{\":one\":{\"N\":\"1\"},\":zero\":{\"N\":\"0\"}}"
#define ADD_IF(condition)                                                                          \
    "\"UpdateExpression\":\"SET c=c+:one\",\"ConditionExpression\":\"" condition "\","             \
    "\"ExpressionAttributeValues\":" ONE_AND_ZERO
#define CONDITIONAL(name, condition)                                                               \
    .operation = "UpdateItem", .body = OF("\"Key\":{" KEYS(name) "}," ADD_IF(condition))

#define SCENARIO(text, ...)                                                                        \
    {                                                                                              \
        .name = (text), __VA_ARGS__                                                                \
    }
#define STEP(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

const struct scenario scenario_all[] = {
    SCENARIO("open", .kind = SCENARIO_NEW,
             .steps = {STEP(.operation = "CreateTable", .body = TABLE, .look = "ListTables",
                            .look_body = "{}", .absent = "{\"TableNames\":[]}",
                            .present = "{\"TableNames\":[\"notes\"]}"),
                       STEP_PUT("a"), STEP_PUT("b")}),
    SCENARIO(
        "put", .prepare = prepare_notes,
        .steps = {STEP_PUT("a"),
                  STEP(.operation = "DeleteItem", .body = GET("i0"),
                       LOOK_ITEM("i0", SAYS("i0", "0"), "{}")),
                  STEP(.operation = "BatchWriteItem",
                       .body = "{\"RequestItems\":{\"notes\":[{\"PutRequest\":{\"Item\":" ITEM_OF(
                           "b", "1") "}},{\"DeleteRequest\":{\"Key\":{" KEYS("i1") "}}}]}}",
                       .look = "TransactGetItems", .look_body = GET_TWO("b", "i1"),
                       .absent = "{\"Responses\":[{}," SAYS("i1", "0") "]}",
                       .present = "{\"Responses\":[" SAYS("b", "1") ",{}]}", .records = 2),
                  STEP_PUT("c")}),
    SCENARIO("conditional update", .prepare = prepare_notes,
             .steps = {STEP(CONDITIONAL("i0", "c=:zero"),
                            LOOK_ITEM("i0", SAYS("i0", "0"), SAYS("i0", "1"))),
                       STEP(CONDITIONAL("i1", "c<>:zero"), .wants = ST_CONDITION_FAILED),
                       STEP(CONDITIONAL("i2", "c=:zero"),
                            LOOK_ITEM("i2", SAYS("i2", "0"), SAYS("i2", "1"))),
                       STEP(.operation = "Query",
                            .body = OF("\"IndexName\":\"by-g\",\"Select\":\"COUNT\","
                                       "\"KeyConditionExpression\":\"g=:g\","
                                       "\"ExpressionAttributeValues\":{\":g\":{\"S\":\"x\"}}"),
                            .present = "{\"Count\":4,\"ScannedCount\":4}")}),
    SCENARIO("transaction", .prepare = prepare_notes,
             .steps = {STEP(.operation = "TransactWriteItems", .body = TRANSACT,
                            .look = "TransactGetItems", .look_body = GET_FOUR,
                            .absent = FOUR("{}", SAYS("i1", "0"), SAYS("i2", "0")),
                            .present = FOUR(SAYS("new", "1"), SAYS("i1", "1"), "{}"), .records = 3),
                       STEP(.operation = "TransactWriteItems", .body = TRANSACT,
                            .look = "TransactGetItems", .look_body = GET_FOUR,
                            .absent = FOUR("{}", SAYS("i1", "0"), SAYS("i2", "0")),
                            .present = FOUR(SAYS("new", "1"), SAYS("i1", "1"), "{}"))},
             .judge = judge_transact),
    SCENARIO("index backfill", .prepare = prepare_fill,
             .steps = {STEP(.act = add_index, .see = see_index), STEP_PUT("a"),
                       STEP(.act = drop_index, .see = see_no_index)}),
    SCENARIO("delete table", .prepare = prepare_notes,
             .steps = {STEP(.act = drop_table, .see = see_no_table)}, .trims = true),
    SCENARIO("ttl sweep", .prepare = prepare_ttl,
             .steps = {STEP(.act = switch_ttl_on), STEP(.act = sweep_later)}, .judge = judge_ttl,
             .trims = true),
    SCENARIO(
        "stream read", .prepare = prepare_stream,
        .steps = {STEP(.act = read_stream), STEP(.act = house_sweep), STEP(.act = read_stream)},
        .judge = judge_stream, .trims = true),
    SCENARIO("backup", .prepare = prepare_notes,
             .steps = {STEP_PUT("a"), STEP(.act = back_up), STEP_PUT("b")}, .judge = judge_backup),
    SCENARIO(
        "recovery", .kind = SCENARIO_CRASHED, .prepare = prepare_notes,
        .steps = {STEP(.operation = "GetItem", .body = GET("i3"), .present = SAYS("i3", "0")),
                  STEP_PUT("a"),
                  STEP(.operation = "Scan",
                       .body = OF("\"Select\":\"COUNT\",\"IndexName\":\"by-n\""), .present = NULL),
                  STEP_PUT("b")}),
    SCENARIO("PartiQL write", .prepare = prepare_notes,
             .steps = {STEP(STATEMENT(INSERT("a")), LOOK_ITEM("a", "{}", SAYS("a", "1"))),
                       STEP(STATEMENT("UPDATE notes SET c=1" WHERE("i0")),
                            LOOK_ITEM("i0", SAYS("i0", "0"), SAYS("i0", "1"))),
                       STEP(.operation = "ExecuteTransaction",
                            .body = "{\"TransactStatements\":[{\"Statement\":\"" INSERT(
                                "b") "\"},{\"Statement\":\"DELETE FROM notes" WHERE("i1") "\"}]}",
                            .look = "TransactGetItems", .look_body = GET_TWO("b", "i1"),
                            .absent = "{\"Responses\":[{}," SAYS("i1", "0") "]}",
                            .present = "{\"Responses\":[" SAYS("b", "1") ",{}]}", .records = 2)}),
    SCENARIO("compaction", .prepare = prepare_notes,
             .steps = {STEP_PUT("a"), STEP(.act = compact), STEP_PUT("b"), STEP(.act = compact),
                       STEP_PUT("c")}),
    SCENARIO("vector index", .prepare = prepare_vectors,
             .steps = {STEP_NEAREST("notes near 0", "p0 0"),
                       STEP(.operation = "PutItem", .body = PUT_ON("new", "-10"),
                            LOOK_NEAREST("notes near -10", "p0 10", "new 0")),
                       STEP(.operation = "UpdateItem", .body = MOVE_TO("p1", "13"),
                            LOOK_NEAREST("notes near 13", "p1 3", "p1 0")),
                       STEP(.act = add_vectors, .see = see_vectors),
                       STEP_NEAREST("notes near 100", "p2 0"),
                       STEP(.operation = "DeleteItem", .body = GET("p3"),
                            LOOK_NEAREST("notes near 101", "p3 0", "p2 1")),
                       STEP_NEAREST("notes near 100", "p2 0"),
                       STEP(.act = drop_vectors, .see = see_no_vectors)}),
};
const unsigned scenario_count = ARRAY_COUNT(scenario_all);

/* ---- running */

bool scenario_is_marked(const struct scenario_step *step)
{
    return step->look != NULL || step->see != NULL;
}

void scenario_prepare(const struct scenario *scenario, struct house *house)
{
    if (scenario->prepare != NULL) scenario->prepare(house);
}

static bool is_step(const struct scenario_step *step)
{
    return step->operation != NULL || step->act != NULL;
}

/* A read that answers must answer what is so. */
static void check_reply(const struct scenario_step *step, const struct house *house)
{
    if (step->look == NULL && step->present != NULL)
        assert_string_equal(house->reply, step->present);
}

void scenario_run(const struct scenario *scenario, struct house *house, bool *acked)
{
    for (unsigned i = 0; i < SCENARIO_STEPS_MAX; i++) {
        const struct scenario_step *step = &scenario->steps[i];
        if (!is_step(step)) continue;
        const status st =
            step->act != NULL ? step->act(house) : ask(house, step->operation, step->body);
        acked[i] = st == ST_OK;
        if (step->wants != ST_OK) assert_int_not_equal(st, ST_OK);
        if (st == ST_OK) check_reply(step, house);
    }
}

static scenario_mark see(const struct scenario_step *step, struct house *house)
{
    if (step->see != NULL) return step->see(house);
    const status st = ask(house, step->look, step->look_body);
    if (st == ST_NOT_FOUND) return MARK_ABSENT;
    if (st == ST_OK && strcmp(house->reply, step->present) == 0) return MARK_PRESENT;
    if (st == ST_OK && strcmp(house->reply, step->absent) == 0) return MARK_ABSENT;
    return MARK_TORN;
}

void scenario_glance(const struct scenario *scenario, struct house *house, const bool *acked)
{
    for (unsigned i = 0; i < SCENARIO_STEPS_MAX; i++) {
        const struct scenario_step *step = &scenario->steps[i];
        if (step->look == NULL || !acked[i]) continue;
        if (ask(house, step->look, step->look_body) != ST_OK) continue;
        assert_string_equal(house->reply, step->present);
    }
}

static void check_records(const struct scenario *scenario, struct house *house, unsigned added)
{
    static const struct {
        void (*prepare)(struct house *house);
        unsigned records;
    } firsts[] = {
        {prepare_notes,   4             },
        {prepare_fill,    4 + FILL_ITEMS},
        {prepare_vectors, 4             },
    };
    unsigned first = 0;
    if (scenario->trims) return;
    for (size_t i = 0; i < ARRAY_COUNT(firsts); i++)
        if (firsts[i].prepare == scenario->prepare) first = firsts[i].records;
    assert_int_equal(house_records(house, NULL), first + added); /* F3 */
}

static void check_usable(struct house *house) /* F5 */
{
    must(house, "CreateTable",
         "{\"TableName\":\"after\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":"
         "[" DEFINE("pk") "],\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}]}");
    must(house, "PutItem", "{\"TableName\":\"after\",\"Item\":{\"pk\":{\"S\":\"a\"}}}");
    must(house, "GetItem", "{\"TableName\":\"after\",\"Key\":{\"pk\":{\"S\":\"a\"}}}");
    assert_string_equal(house->reply, "{\"Item\":{\"pk\":{\"S\":\"a\"}}}");
}

void scenario_judge(const struct scenario *scenario, struct house *house, const bool *acked)
{
    unsigned records = 0;
    struct engine_check check;
    for (unsigned i = 0; i < SCENARIO_STEPS_MAX; i++) {
        const struct scenario_step *step = &scenario->steps[i];
        if (!scenario_is_marked(step)) continue;
        const scenario_mark mark = see(step, house);
        if (acked[i] && mark != MARK_PRESENT)
            fail_msg("step %u was acknowledged, and is not there: %s", i, house->reply);  /* F1 */
        if (mark == MARK_TORN) fail_msg("step %u is there in part: %s", i, house->reply); /* F2 */
        if (mark == MARK_PRESENT) records += step->records;
    }
    house_check(house, &check); /* F4 */
    check_records(scenario, house, records);
    if (scenario->judge != NULL) scenario->judge(house, acked);
    check_usable(house);
}

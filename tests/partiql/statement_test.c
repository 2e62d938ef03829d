/* statement_test.c -- whole statements: what is read of each kind, and how the rest is refused.
 *
 * The refusals are those of the public conformance suite and of DynamoDB's documentation; the order
 * of two mistakes in one statement is asserted where it is known.
 */
#include <stdio.h>

#include "partiql/partiql_case.h"

#define BAD "Statement wasn't well formed, can't be processed: "
#define LEFTOVER BAD "Unexpected token after expression"

static void test_statement__select_reads_tables_and_columns(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *text;
        const char *table;
        const char *index;
        bool projects;
    } cases[] = {
        {"SELECT * FROM Music", "Music", "", false},
        {"select * from \"Music\" ;", "Music", "", false},
        {"SELECT a, b.c FROM Music", "Music", "", true},
        {"SELECT * FROM \"Music\".\"by-year\" WHERE a = 1", "Music", "by-year", false},
        {"SELECT * FROM Music.LSI1", "Music", "LSI1", false},
        {"SELECT ALL a FROM Music -- a note", "Music", "", true},
        {"/* a note */ SELECT * FROM \"a-b.c\" -- note\nWHERE x = 1 --", "a-b.c", "", false},
        {"SELECT/**/* FROM Music WHERE a/* key */='--' AND b=2", "Music", "", false},
        {"SELECT * FROM \"arn:aws:dynamodb:us-east-1:1:table/Music\"",
         "arn:aws:dynamodb:us-east-1:1:table/Music", "", false},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct partiql_case c;
        partiql_case_begin(&c);
        partiql_case_parse(&c, cases[i].text, NULL);
        partiql_case_assert_ok(&c, cases[i].text);
        assert_int_equal(c.statement.verb, PARTIQL_SELECT);
        support_assert_text(c.statement.table_name, cases[i].table);
        support_assert_text(c.statement.index_name, cases[i].index);
        assert_int_equal(c.statement.projection != NULL, cases[i].projects);
        partiql_case_end(&c);
    }
    support_mem_check();
}

static void test_statement__columns_are_named_by_their_last_part(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"*", "{'a':{'S':'x'},'m':{'M':{'k':{'L':[{'S':'c'},{'N':'2'}]},'n':{'S':'deep'}}}}"},
        {"m.n", "{'n':{'S':'deep'}}"},
        {"m.k[0], a", "{'a':{'S':'x'},'k[0]':{'S':'c'}}"},
        {"m.k[-0], m.\"k\"[1]", "{'k[0]':{'S':'c'},'k[1]':{'N':'2'}}"},
        {"a, m.nothing, m.k[7], a.b, m[0]", "{'a':{'S':'x'}}"},
        {"\"a\"", "{'a':{'S':'x'}}"},
        {"A", "{}"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct partiql_case c;
        char text[256];
        struct value shown = {0};
        partiql_case_begin(&c);
        (void)snprintf(text, sizeof text, "SELECT %s FROM ttt", cases[i].text);
        partiql_case_parse(&c, text, NULL);
        partiql_case_assert_ok(&c, text);
        const struct value map = partiql_case_map(&c, cases[0].expected);
        assert_int_equal(partiql_project(&c.statement, map, &c.arena, &shown), ST_OK);
        partiql_case_assert_map(&c, shown, cases[i].expected);
        partiql_case_end(&c);
    }
    support_mem_check();
}

static void test_statement__insert_makes_an_item(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *text;
        const char *parameters;
        const char *item;
    } cases[] = {
        {"{'pk': 'x', 'n': 1}", NULL, "{'n':{'N':'1'},'pk':{'S':'x'}}"},
        {"{'pk': 'it''s', 'n': -.5e1}", NULL, "{'n':{'N':'-5'},'pk':{'S':'it~s'}}"},
        {"{'t': true, 'f': FALSE, 'z': Null}", NULL,
         "{'f':{'BOOL':false},'t':{'BOOL':true},'z':{'NULL':true}}"},
        {"{'m': {'b': 1, 'a': []}, 'l': [1, 'x', {}]}", NULL,
         "{'l':{'L':[{'N':'1'},{'S':'x'},{'M':{}}]},'m':{'M':{'a':{'L':[]},'b':{'N':'1'}}}}"},
        {"{'ss': <<'b', 'a'>>, 'ns': <<10, 9, -1>>}", NULL,
         "{'ns':{'NS':['-1','9','10']},'ss':{'SS':['a','b']}}"},
        {"{'l': [4, <<'string1', 'string2'>>]}", NULL,
         "{'l':{'L':[{'N':'4'},{'SS':['string1','string2']}]}}"},
        {"{'pk': ?, 'b': ?}", "{'1':{'S':'x'},'2':{'B':'YWI='}}",
         "{'b':{'B':'YWI='},'pk':{'S':'x'}}"},
        {"{}", NULL, "{}"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct partiql_case c;
        char text[256];
        partiql_case_begin(&c);
        (void)snprintf(text, sizeof text, "INSERT INTO \"ttt\" VALUE %s", cases[i].text);
        partiql_case_parse(&c, text, cases[i].parameters);
        partiql_case_assert_ok(&c, text);
        assert_int_equal(c.statement.verb, PARTIQL_INSERT);
        if (strchr(cases[i].item, '~') == NULL) {
            partiql_case_assert_map(&c, c.statement.item, cases[i].item);
        } else {
            struct value pk = {0};
            assert_true(value_find(c.statement.item, SPAN("pk"), &pk));
            support_assert_text(pk.body, "it's");
        }
        partiql_case_end(&c);
    }
    support_mem_check();
}

static void test_statement__returning(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *text;
        partiql_returning returning;
    } cases[] = {
        {"UPDATE ttt SET a = 1 WHERE p = 1", PARTIQL_RETURN_NONE},
        {"UPDATE ttt SET a = 1 WHERE p = 1 RETURNING ALL OLD *", PARTIQL_RETURN_ALL_OLD},
        {"UPDATE ttt SET a = 1 WHERE p = 1 returning all new *", PARTIQL_RETURN_ALL_NEW},
        {"UPDATE ttt REMOVE a WHERE p = 1 RETURNING MODIFIED OLD *", PARTIQL_RETURN_MODIFIED_OLD},
        {"FROM ttt WHERE p = 1 SET a = 1 REMOVE b RETURNING modified new *",
         PARTIQL_RETURN_MODIFIED_NEW},
        {"DELETE FROM ttt WHERE p = 1 RETURNING ALL OLD *", PARTIQL_RETURN_ALL_OLD},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct partiql_case c;
        partiql_case_begin(&c);
        partiql_case_parse(&c, cases[i].text, NULL);
        partiql_case_assert_ok(&c, cases[i].text);
        assert_int_equal(c.statement.returning, cases[i].returning);
        partiql_case_end(&c);
    }
    support_mem_check();
}

static void test_statement__exists_is_a_check(void **state)
{
    (void)state;
    struct partiql_case c;
    partiql_case_begin(&c);
    partiql_case_parse(&c, "exists(SELECT * FROM \"ttt\" WHERE a = 1 AND b IS MISSING)", NULL);
    partiql_case_assert_ok(&c, "EXISTS");
    assert_true(c.statement.is_check);
    assert_int_equal(c.statement.verb, PARTIQL_SELECT);
    partiql_case_end(&c);
    support_mem_check();
}

static void test_statement__not_well_formed(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"", BAD "Unexpected term"},
        {"SLECT * FROM ttt WHERE pk = 'x'", BAD "Expected data manipulation"},
        {"UPDATE ttt-b SET active=1 WHERE a=1", BAD "Expected data manipulation"},
        {"UPDATE ttt WHERE a=1", BAD "Expected data manipulation"},
        {"INSERT INTO urls (key, b) VALUES (?, ?)", BAD "Unexpected keyword"},
        {"SELECT * FROM ttt WHERE pk = 1 foo", LEFTOVER},
        {"SELECT * FROM ttt WHERE pk = 1 e5", LEFTOVER},
        {"INSERT INTO ttt VALUE {'pk': 970001} foo", LEFTOVER},
        {"UPDATE ttt SET a = 9 WHERE pk = 970002 foo", LEFTOVER},
        {"DELETE FROM ttt WHERE pk = 970003 foo", LEFTOVER},
        {"SELECT * FROM ttt WHERE pk = 1)", LEFTOVER},
        {"DELETE FROM ttt WHERE pk = 970004 ORDER BY pk", LEFTOVER},
        {"SELECT * FROM ttt ORDER BY pk WHERE pk = 1", LEFTOVER},
        {"INSERT INTO \"ttt\" t VALUE {'pk': 'x'}", LEFTOVER},
        {"FROM ttt SET c = 1 WHERE pk = 'pq-ff-msg'", LEFTOVER},
        {"FROM ttt SET c = 1 WHERE pk = 'x' SET d = 2", LEFTOVER},
        {"UPDATE ttt REMOVE a, b WHERE pk = 1", LEFTOVER},
        {"SELECT * FROM ttt; SELECT * FROM ttt",
         BAD "Unexpected token after semicolon. (Only one query is allowed.)"},
        {"SELECT * FROM ttt WHERE pk = 1e2147483648", BAD},
        {"SELECT * FROM ttt WHERE pk = 1e99999999999", BAD},
        {"SELECT * FROM ttt WHERE pk = 1.5e-2147483647", BAD},
        {"SELECT * FROM ttt WHERE pk = 1 # note", BAD},
        {"SELECT * FROM ttt WHERE pk = 1 /* note", BAD},
        {"SELECT * FROM \"ttt", BAD},
        {"SELECT * FROM ttt WHERE pk = 'oops", BAD},
        {"SELECT * FROM ttt WHERE", BAD "Unexpected term"},
        {"SELECT * FROM ttt WHERE;", BAD "Unexpected term"},
        {"SELECT * FROM ttt WHERE   ", BAD "Unexpected term"},
        {"UPDATE ttt SET a = 1 WHERE", BAD "Unexpected term"},
        {"DELETE FROM ttt WHERE", BAD "Unexpected term"},
        {"SELECT * FROM ttt WHERE NOT", BAD "Unexpected term"},
        {"SELECT * FROM ttt WHERE (", BAD "Unexpected term"},
        {"SELECT * FROM", BAD "Unexpected term"},
        {"SELECT * FROM ttt WHERE pk = 'p1' AND",
         BAD "Missing right-hand side expression of infix operator"},
        {"SELECT * FROM ttt WHERE pk = 'p1' OR",
         BAD "Missing right-hand side expression of infix operator"},
        {"SELECT * FROM ttt WHERE ORDER BY pk", BAD "Unexpected keyword"},
        {"SELECT * FROM ttt WHERE date = 1", BAD "Unexpected keyword"},
        {"SELECT * FROM ttt WHERE pk = 'a' AND x IS FOO", BAD "Expected type name"},
        {"SELECT * FROM ttt WHERE IS NULL", BAD "Unexpected operator"},
        {"SELECT * FROM ttt WHERE pk = LIKE", BAD "Unexpected operator"},
        {"DELETE FROM", BAD "Expected identifier for simple path"},
        {"DELETE FROM;", BAD "Expected identifier for simple path"},
        {"DELETE FROM WHERE pk = 'a'", BAD "Expected identifier for simple path"},
        {"UPDATE ttt SET WHERE a = 1", BAD "Expected identifier for simple path"},
        {"UPDATE ttt SET a WHERE b = 1", BAD "Expected '='"},
        {"DELETE ttt WHERE a = 1", BAD "Expected FROM after DELETE"},
        {"SELECT a WHERE b = 1", BAD "Expected FROM after SELECT list"},
        {"SELECT a FROM ttt WHERE b BETWEEN 1 OR 2", BAD "Expected AND keyword"},
        {"SELECT a FROM ttt WHERE contains(a, 'b'", BAD "Expected RIGHT_PAREN"},
        {"SELECT m.inner FROM ttt", BAD "Invalid path dot component"},
        {"SELECT *, a FROM ttt",
         BAD "Other expressions may not be present in the select list when '*' is used without dot "
         "notation."},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        partiql_case_assert_refused(cases[i].text, NULL, NULL, cases[i].says);
    support_mem_check();
}

static void test_statement__what_dynamodb_does_not_do(void **state)
{
    (void)state;
    static const char aliasing[] = "Aliasing is not supported";
    static const char no_index[] = "This operation is not supported on an index";
    static const char empty[] = "Path component cannot be an empty string";
    /* clang-format off */
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"SELECT * FROM ttt t WHERE pk = 'x'", aliasing},
        {"SELECT * FROM ttt AS t WHERE pk = 'x'", aliasing},
        {"UPDATE ttt t SET a = 3 WHERE pk = 'x'", aliasing},
        {"DELETE FROM ttt t WHERE pk = 'x'", aliasing},
        {"SELECT a AS b FROM ttt", aliasing},
        {"SELECT * FROM aaa, bbb", "Only select from a single table or index is supported."},
        {"SELECT * FROM ttt.iii.extra WHERE pk = 'p'",
         "A path may contain at most 2 components in the FROM clause"},
        {"SELECT * FROM \"ttt\".\"\" WHERE pk = 'p'", empty},
        {"SELECT * FROM \"\" WHERE pk = 'p'", empty},
        {"SELECT * FROM ab",
         "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', "
         "'-', '_', '.'."},
        {"INSERT INTO \"ttt\".\"iii\" VALUE {'pk': 'w1'}",
         "FROM clause may only contain a single table name in data manipulation statements"},
        {"UPDATE \"ttt\".\"iii\" SET a = 'z' WHERE pk = 'p'", no_index},
        {"DELETE FROM \"ttt\".\"iii\" WHERE pk = 'p'", no_index},
        {"INSERT INTO ttt VALUES (1, 2)",
         "Unsupported operation: Inserting multiple items in a single statement is not supported, "
         "use \"INSERT INTO tableName VALUE item\" instead"},
        {"INSERT INTO ttt VALUE 'x'",
         "Unsupported format in item expression. Please use struct format {...} to express item "
         "values for insert statement."},
        {"INSERT INTO ttt VALUE {'pk': 1} AT 1", "AT is not supported in insert statements."},
        {"INSERT INTO ttt VALUE {'pk': 1} RETURNING ALL OLD *",
         "RETURNING is not supported in INSERT"},
        {"SELECT * FROM ttt LIMIT 5", "Unsupported clause: LIMIT at 1:25:1"},
        {"SELECT a, b, a FROM ttt", "Duplicate identifiers in select clause: a"},
        {"SELECT attribute_exists(ss) FROM ttt", "Unexpected path component at 1:8:16"},
        {"SELECT COUNT(*) FROM ttt", "Unexpected path component at 1:8:5"},
        {"SELECT l[-1] FROM ttt",
         "List index is not within the allowable range; index: [-1] at 1:11:1"},
        {"SELECT l[2147483648] FROM ttt",
         "List index is not within the allowable range; index: [2147483648] at 1:10:10"},
        {"SELECT a[*].b FROM ttt", "Wildcard path component like a[*].b are not supported"},
        {"SELECT a.*.b FROM ttt", "Unpivot path component like a.*.b are not supported"},
        {"DELETE FROM ttt WHERE pk = 'x' RETURNING MODIFIED OLD *",
         "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed "
         "in DELETE statements."},
        {"DELETE FROM ttt WHERE pk = 'x' RETURNING ALL NEW *",
         "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in "
         "DELETE statements."},
        {"DELETE FROM ttt WHERE pk = 'x' RETURNING ALL OLD *, ALL NEW *",
         "Invalid syntax with multiple returning elements in RETURNING clause"},
        {"DELETE FROM ttt WHERE pk = 'x' RETURNING ALL OLD a",
         "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        partiql_case_assert_refused(cases[i].text, NULL, NULL, cases[i].says);
    support_mem_check();
}

static void test_statement__literals_that_are_no_values(void **state)
{
    (void)state;
    static const char overflow[] =
        "Number overflow. Attempting to store a number with magnitude larger than supported range";
    /* clang-format off */
    static const struct {
        const char *text;
        const char *says; /* after `overflow`, when it begins with a blank */
    } cases[] = {
        {"SELECT * FROM ttt WHERE pk = 1e126", " under root"},
        {"INSERT INTO ttt VALUE {'pk': 1e126}", " under root"},
        {"INSERT INTO ttt VALUE {'pk': 1, 'm': {'x': 1e126}}", " under root.x"},
        {"INSERT INTO ttt VALUE {'pk': 1, 'l': [1, 1e126]}", " under root[1]"},
        {"UPDATE ttt SET a = 1e-131 WHERE pk = 970005",
         "Number underflow. Attempting to store a number with magnitude smaller than supported "
         "range under root"},
        {"SELECT * FROM ttt WHERE pk = 123456789012345678901234567890123456789",
         "Attempting to store more than 38 significant digits in a Number under root"},
        {"UPDATE ttt SET x = [?] WHERE pk=1", "Unsupported data type: Parameter under key root[0] "
                                              "at 1:21:1"},
        {"INSERT INTO ttt VALUE {'pk':'a','m':{'k':?}}",
         "Unsupported data type: Parameter under key root.k at 1:42:1"},
        {"INSERT INTO ttt VALUE {'pk': 'x', 'ss': set_add(<<'a'>>, <<'b'>>)}",
         "Unsupported data type: set_add under key root at 1:41:7"},
        {"UPDATE ttt SET s = <<>> WHERE pk=1", "Empty bags are not supported"},
        {"UPDATE ttt SET s = <<'a', 1>> WHERE pk=1",
         "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"},
        {"SELECT * FROM ttt WHERE s = <<'a','a'>>",
         "One or more parameter values were invalid: Input collection [a, a] contains duplicates."},
        {"UPDATE ttt SET n = set_add(n, <<2, 2.0>>) WHERE pk=1",
         "One or more parameter values were invalid: Input collection [2, 2.0] contains "
         "duplicates! under root"},
        {"INSERT INTO ttt VALUE {'a': 1, 'b': 2, 'a': 3}",
         "Duplicate keys in tuple. Key: a under root"},
        {"SELECT * FROM ttt WHERE a = `1`", "Ion Literals are not supported: `1` under key root"},
        {"UPDATE ttt SET a = [{'b': `x`}] WHERE pk = 1",
         "Ion Literals are not supported: `x` under key root[0].b"},
        {"INSERT INTO ttt VALUE {1: 'b'}",
         "Tuple keys must be of type String. Actual type: 1 under root"},
        {"UPDATE ttt SET x = [n.m] WHERE pk=1",
         "Unsupported data type: Path under key root[0] at 1:21:1"},
        {"SELECT * FROM ttt WHERE a = MISSING", "MISSING must be compared using IS operator"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char says[256];
        const bool follows = cases[i].says[0] == ' ';
        const bool holed = strchr(cases[i].text, '?') != NULL;
        (void)snprintf(says, sizeof says, "%s%s", follows ? overflow : "", cases[i].says);
        partiql_case_assert_refused(cases[i].text, holed ? "{'1':{'S':'v'}}" : NULL, NULL, says);
    }
    support_mem_check();
}

/* An UPDATE that sets d to `count` times `open`, a 1, and as many `close`. */
static const char *nested(struct arena *arena, size_t count, const char *open, const char *close)
{
    struct buf text;
    buf_init(&text, arena_mem(arena), LIMIT_STATEMENT_BYTES);
    buf_put_text(&text, "UPDATE ttt SET d = ");
    for (size_t i = 0; i < count; i++) buf_put_text(&text, open);
    buf_put_text(&text, "1");
    for (size_t i = 0; i < count; i++) buf_put_text(&text, close);
    buf_put_text(&text, " WHERE pk='x'");
    buf_put_u8(&text, 0);
    assert_int_equal(buf_status(&text), ST_OK);
    return (const char *)buf_view(&text).ptr;
}

static void test_statement__literals_nest_31_levels(void **state)
{
    (void)state;
    struct partiql_case c;
    partiql_case_begin(&c);
    partiql_case_parse(&c, nested(&c.arena, 31, "{'a':", "}"), NULL);
    partiql_case_assert_ok(&c, "31 maps");
#define EIGHT "[0][0][0][0][0][0][0][0]"
    partiql_case_assert_refused(nested(&c.arena, 32, "[", "]"), NULL, NULL,
                                "Nesting Levels have exceeded supported limits under "
                                "root" EIGHT EIGHT EIGHT EIGHT);
    partiql_case_end(&c);
    support_mem_check();
}

static void test_statement__parameters_are_counted_before_other_mistakes(void **state)
{
    (void)state;
    static const char mismatch[] = "Number of parameters in request and statement don't match.";
    partiql_case_assert_refused("SELECT * FROM ttt WHERE pk = ?", NULL, NULL, mismatch);
    partiql_case_assert_refused("SELECT * FROM ttt WHERE pk = 1", "{'1':{'N':'1'}}", NULL,
                                mismatch);
    partiql_case_assert_refused("SELECT * FROM ttt t WHERE pk = ?", NULL, NULL, mismatch);
    partiql_case_assert_refused("SELECT * FROM ttt WHERE pk = ? AND", NULL, NULL,
                                BAD "Missing right-hand side expression of infix operator");
    support_mem_check();
}

static void test_statement__no_text_nests_without_end(void **state)
{
    (void)state;
    static const char *const openings[] = {"(", "NOT (", "size(", "<<", "[", "{'a':", "a[", "f("};
    for (size_t i = 0; i < ARRAY_COUNT(openings); i++) {
        struct partiql_case c;
        char text[LIMIT_STATEMENT_BYTES + 1] = "SELECT * FROM ttt WHERE ";
        size_t len = strlen(text);
        const size_t each = strlen(openings[i]);
        for (; len + each < sizeof text; len += each) memcpy(text + len, openings[i], each + 1);
        partiql_case_begin(&c);
        partiql_case_parse(&c, text, NULL);
        assert_int_equal(c.status, ST_VALIDATION);
        partiql_case_end(&c);
    }
    support_mem_check();
}

/* `count` times `open` before, and as often `close` behind, `inside`. */
static const char *around(struct arena *arena, size_t count, const char *open, const char *inside,
                          const char *close)
{
    struct buf text;
    buf_init(&text, arena_mem(arena), LIMIT_STATEMENT_BYTES + 1);
    buf_put_text(&text, "SELECT * FROM ttt WHERE ");
    for (size_t i = 0; i < count; i++) buf_put_text(&text, open);
    buf_put_text(&text, inside);
    for (size_t i = 0; i < count; i++) buf_put_text(&text, close);
    buf_put_u8(&text, 0);
    assert_int_equal(buf_status(&text), ST_OK);
    return (const char *)buf_view(&text).ptr;
}

/* What makes trees deep, as deep as it can be; each is parsed, and planned as a read and a write.
 */
static void test_statement__the_deepest_conditions_are_read(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        size_t count;
        const char *open, *inside, *close;
    } cases[] = {
        {128, "1=1 OR 1=1 AND NOT (", "1=1 OR 1=1 AND NOT 1=1", ")"},
        {128, "1=1 OR 1=1 AND NOT (", "1=1 OR 1=1 AND NOT 1=1 <> TRUE", ") <> TRUE"},
        {126, "1=1 OR 1=1 AND NOT (", "1=1 OR 1=1 AND NOT ((1=1) <> (2=2)) <> TRUE", ") <> TRUE"},
        {127, "1=1 AND (", "pk = 'a' AND NOT sk = 'b' OR pk = 'a' AND NOT sk = 'c'", ")"},
        {900, "", "1=1", " <> TRUE"},
        {400, "", "1=1", " NOT IN (TRUE)"},
        {900, "NOT ", "1=1 = FALSE", ""},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct partiql_case c;
        partiql_case_begin(&c);
        const char *text =
            around(&c.arena, cases[i].count, cases[i].open, cases[i].inside, cases[i].close);
        partiql_case_parse(&c, text, NULL);
        partiql_case_plan(&c, "pk S, sk S");
        partiql_case_assert_ok(&c, text);
        c.statement.verb = PARTIQL_DELETE;
        partiql_case_plan(&c, "pk S, sk S");
        assert_int_equal(c.status, ST_VALIDATION); /* no key */
        partiql_case_end(&c);
    }
    support_mem_check();
}

/* NOT of NOT is what it was, however often. */
static void test_statement__an_even_number_of_contraries_is_none(void **state)
{
    (void)state;
    for (size_t count = 0; count < 8; count++) {
        struct partiql_case c;
        partiql_case_begin(&c);
        partiql_case_parse(&c, around(&c.arena, count, "", "n = 1", " <> TRUE"), NULL);
        partiql_case_assert_ok(&c, "contraries");
        const struct item item = {.attributes = partiql_case_map(&c, "{'n':{'N':'1'}}")};
        assert_int_equal(expr_holds(c.statement.where, &item), count % 2 == 0);
        partiql_case_end(&c);
    }
    support_mem_check();
}

/* DynamoDB puts a blank behind each comma that the statement has none behind. */
static void test_statement__a_refusal_may_be_longer_than_its_statement(void **state)
{
    (void)state;
    static const char before[] = "SELECT * FROM ttt WHERE s = <<1";
    struct buf text, says;
    struct arena arena;
    arena_init(&arena, support_mem(), 1 << 20);
    buf_init(&text, arena_mem(&arena), LIMIT_STATEMENT_BYTES + 1);
    buf_init(&says, arena_mem(&arena), 2 * LIMIT_STATEMENT_BYTES);
    buf_put_text(&text, before);
    buf_put_text(&says, "One or more parameter values were invalid: Input collection [1");
    while (text.len + strlen(",1>>") <= LIMIT_STATEMENT_BYTES) {
        buf_put_text(&text, ",1");
        buf_put_text(&says, ", 1");
    }
    buf_put_text(&text, ">>");
    buf_put_u8(&text, 0);
    buf_put_text(&says, "] contains duplicates! under root");
    buf_put_u8(&says, 0);
    assert_int_equal(buf_status(&text), ST_OK);
    assert_int_equal(buf_status(&says), ST_OK);
    partiql_case_assert_refused((const char *)text.ptr, NULL, NULL, (const char *)says.ptr);
    arena_deinit(&arena);
    support_mem_check();
}

/* Each "?" is a mistake, and stands at a place whose text is half the statement. */
static void test_statement__only_the_first_mistake_is_put_into_words(void **state)
{
    (void)state;
    char text[LIMIT_STATEMENT_BYTES + 1] = "UPDATE ttt SET d = {'";
    const size_t begun = strlen(text);
    memset(text + begun, 'n', LIMIT_STATEMENT_BYTES / 2 - begun);
    size_t len = LIMIT_STATEMENT_BYTES / 2;
    memcpy(text + len, "': [?", 5);
    for (len += 5; len + 2 < LIMIT_STATEMENT_BYTES; len += 2) memcpy(text + len, ",?", 2);
    struct partiql_case c;
    partiql_case_begin(&c);
    partiql_case_parse(&c, text, NULL);
    assert_int_equal(c.status, ST_VALIDATION);
    assert_in_range(c.arena.taken, 1, 2 << 20);
    partiql_case_end(&c);
    support_mem_check();
}

static void test_statement__every_allocation_may_fail(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "SELECT a, \"b\"\"b\".c[0] FROM ttt WHERE pk IN ['a', 'b'] AND size(x) > 3 ORDER BY pk",
        "INSERT INTO ttt VALUE {'pk': 'it''s', 'l': [1, {'x': <<'a', 'b'>>}]}",
        "UPDATE ttt SET a = a + 1, l = list_append(l, [1]) REMOVE c WHERE pk = 'a' AND n = 1",
        "DELETE FROM ttt WHERE pk = 'a' AND contains(b, 'c')",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        for (uint64_t nth = 1;; nth++) {
            struct partiql_case c;
            partiql_case_begin(&c);
            support_mem_fail_at(nth);
            partiql_case_parse(&c, texts[i], NULL);
            partiql_case_plan(&c, "pk S");
            const bool failed = support_mem_failed();
            support_mem_fail_at(0);
            assert_int_equal(c.status, failed ? ST_NO_MEMORY : ST_OK);
            partiql_case_end(&c);
            if (!failed) break;
        }
    }
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statement__select_reads_tables_and_columns),
        cmocka_unit_test(test_statement__columns_are_named_by_their_last_part),
        cmocka_unit_test(test_statement__insert_makes_an_item),
        cmocka_unit_test(test_statement__returning),
        cmocka_unit_test(test_statement__exists_is_a_check),
        cmocka_unit_test(test_statement__not_well_formed),
        cmocka_unit_test(test_statement__what_dynamodb_does_not_do),
        cmocka_unit_test(test_statement__literals_that_are_no_values),
        cmocka_unit_test(test_statement__literals_nest_31_levels),
        cmocka_unit_test(test_statement__parameters_are_counted_before_other_mistakes),
        cmocka_unit_test(test_statement__no_text_nests_without_end),
        cmocka_unit_test(test_statement__the_deepest_conditions_are_read),
        cmocka_unit_test(test_statement__an_even_number_of_contraries_is_none),
        cmocka_unit_test(test_statement__a_refusal_may_be_longer_than_its_statement),
        cmocka_unit_test(test_statement__only_the_first_mistake_is_put_into_words),
        cmocka_unit_test(test_statement__every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

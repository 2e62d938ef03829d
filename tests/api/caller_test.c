/* caller_test.c -- a credential to an account, a region and a space: well formed ones, and whatever
 * a header or a query may hold instead. Texts end at a guard page.
 */
#include "api/caller.h"

#include "support/support.h"

enum { ARENA_BYTES = 1 << 20 };

static const struct api_options apart = {
    .region = "eu-north-1", .account = "000000000000", .isolate = true};
static const struct api_options together = {.region = "eu-north-1", .account = "000000000000"};

/* What came of one request. */
struct found {
    struct arena arena;
    struct error err;
    struct caller caller;
    status st;
};

static void find(struct found *found, const struct api_options *options, struct span header,
                 struct span query)
{
    *found = (struct found){.st = ST_OK};
    arena_init(&found->arena, support_mem(), ARENA_BYTES);
    found->err = error_in(&found->arena);
    const struct api_call call = {.arena = &found->arena, .authorization = header, .query = query};
    found->st = caller_find(options, &call, &found->caller, &found->err);
}

static void found_end(struct found *found)
{
    arena_deinit(&found->arena);
    support_mem_check();
}

#define HEADER(credential)                                                                         \
    "AWS4-HMAC-SHA256 Credential=" credential ", SignedHeaders=host, Signature=0"
#define SCOPE(key, region) key "/20260101/" region "/dynamodb/aws4_request"

static void assert_found(const char *header, const char *account, const char *region)
{
    struct found found;
    const struct span guarded = support_guard(span_of(header));
    find(&found, &apart, guarded, (struct span){0});
    assert_int_equal(found.st, ST_OK);
    support_assert_text(found.caller.account, account);
    support_assert_text(found.caller.region, region);
    assert_int_equal(found.caller.space.name.len, 12 + 1 + strlen(region));
    found_end(&found);
    support_guard_free(guarded);
}

static void assert_refused(const char *header, status st, const char *text)
{
    struct found found;
    const struct span guarded = support_guard(span_of(header));
    find(&found, &apart, guarded, (struct span){0});
    assert_int_equal(found.st, st);
    support_assert_text(error_text(&found.err), text);
    found_end(&found);
    support_guard_free(guarded);
}

static void test_without_isolation_everybody_is_one_caller(void **state)
{
    (void)state;
    struct found found;
    find(&found, &together, SPAN(HEADER("nonsense")), (struct span){0});
    assert_int_equal(found.st, ST_OK);
    support_assert_text(found.caller.account, "000000000000");
    support_assert_text(found.caller.region, "eu-north-1");
    assert_int_equal(found.caller.space.name.len, 0);
    found_end(&found);
}

static void test_twelve_digits_are_the_account(void **state)
{
    (void)state;
    assert_found(HEADER(SCOPE("123456789012", "us-east-1")), "123456789012", "us-east-1");
    assert_found(HEADER(SCOPE("000000000000", "local")), "000000000000", "local");
}

/* FNV-1a of 64 bits modulo 10^12 - 1, plus one: numbers that must never change. */
static void test_other_keys_make_a_number(void **state)
{
    (void)state;
    assert_found(HEADER(SCOPE("AKIDEXAMPLE", "us-east-1")), "008211173411", "us-east-1");
    assert_found(HEADER(SCOPE("akidexample", "us-east-1")), "895149308928", "us-east-1");
    assert_found(HEADER(SCOPE("12345678901", "a")), "481223153777", "a");
    assert_found(HEADER(SCOPE("12345678901x", "a")), "831732433615", "a");
    assert_found(HEADER(SCOPE("\xff\x01%2F", "a")), "730866034253", "a");
    assert_found(HEADER(SCOPE("", "a")), "039361352019", "a");
}

static void test_the_first_credential_counts_wherever_it_stands(void **state)
{
    (void)state;
    assert_found(
        "AWS4-HMAC-SHA256 Signature=0,SignedHeaders=host,Credential=" SCOPE("111111111111", "a"),
        "111111111111", "a");
    assert_found("  AWS4-X XCredential=no,Credential=,Credential=" SCOPE("222222222222", "a"),
                 "222222222222", "a");
    assert_found("AWS4- Credential=" SCOPE("333333333333", "a") " Credential=" SCOPE("4", "b"),
                 "333333333333", "a");
}

static void test_a_presigned_query_is_decoded(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "X-Amz-Algorithm=A&X-Amz-Credential=123456789012%2F20260101%2fus-east-1%2Fdynamodb%2Fa",
        "X-Amz-Credential=123456789012/20260101/us-east-1/dynamodb/a&X-Amz-Algorithm=A",
        "a=%&X-Amz-Algorithm=A&X-Amz-Credential=%31%323456789012%2F0/us-east-1/%/%2",
    };
    for (size_t i = 0; i < ARRAY_COUNT(queries); i++) {
        struct found found;
        const struct span guarded = support_guard(span_of(queries[i]));
        find(&found, &apart, (struct span){0}, guarded);
        assert_int_equal(found.st, ST_OK);
        support_assert_text(found.caller.account, "123456789012");
        support_assert_text(found.caller.region, "us-east-1");
        found_end(&found);
        support_guard_free(guarded);
    }
}

static void test_a_scope_without_five_parts_is_refused(void **state)
{
    (void)state;
#define FIVE                                                                                       \
    "Credential must have exactly 5 slash-delimited elements, e.g. "                               \
    "keyid/date/region/service/term, got "
    assert_refused(HEADER("k"), ST_INCOMPLETE_AUTH, FIVE "'k'");
    assert_refused(HEADER("k/1/r/s"), ST_INCOMPLETE_AUTH, FIVE "'k/1/r/s'");
    assert_refused(HEADER("k/1/r/s/t/u"), ST_INCOMPLETE_AUTH, FIVE "'k/1/r/s/t/u'");
    assert_refused(HEADER("\xf0\x01"), ST_INCOMPLETE_AUTH,
                   FIVE "'"
                        "?"
                        "?"
                        "'");
    assert_refused("", ST_INCOMPLETE_AUTH, FIVE "''");
}

static void test_a_region_that_is_none_is_refused(void **state)
{
    (void)state;
#define REGION_IS(text) "Credential should be scoped to a valid region, not '" text "'. "
    assert_refused(HEADER(SCOPE("k", "")), ST_INVALID_SIGNATURE, REGION_IS(""));
    assert_refused(HEADER(SCOPE("k", "a.b")), ST_INVALID_SIGNATURE, REGION_IS("a.b"));
    assert_refused(HEADER(SCOPE("k", "a\x80")), ST_INVALID_SIGNATURE, REGION_IS("a?"));
}

static void test_long_scopes_are_bounded(void **state)
{
    (void)state;
    char region[LIMIT_REGION_BYTES + 2];
    for (size_t len = LIMIT_REGION_BYTES; len <= LIMIT_REGION_BYTES + 1; len++) {
        struct found found;
        struct buf header;
        memset(region, 'r', sizeof region);
        buf_init(&header, support_mem(), ARENA_BYTES);
        buf_put_text(&header, "AWS4-X Credential=");
        for (size_t i = 0; i < 60000; i++) buf_put_u8(&header, 'k');
        buf_printf(&header, "/1/%.*s/s/t", (int)len, region);
        find(&found, &apart, buf_view(&header), (struct span){0});
        assert_int_equal(found.st, len > LIMIT_REGION_BYTES ? ST_INVALID_SIGNATURE : ST_OK);
        assert_true(found.caller.space.name.len <= LIMIT_SPACE_BYTES);
        buf_deinit(&header);
        found_end(&found);
    }
}

static void test_any_bytes_are_judged(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {'/', '%', '2', 'F', '=', ',', '&', ' ', 'C', 0, 0xff};
    struct support_random random = support_random();
    for (int round = 0; round < 2000; round++) {
        uint8_t text[64] = "X-Amz-Algorithm=1&X-Amz-Credential=";
        for (size_t i = 35; i < sizeof text; i++)
            text[i] = bytes[support_random_below(&random, ARRAY_COUNT(bytes))];
        const struct span guarded = support_guard((struct span){text, sizeof text});
        struct found found;
        find(&found, &apart, (struct span){0}, guarded);
        found_end(&found);
        find(&found, &apart, guarded, (struct span){0});
        found_end(&found);
        support_guard_free(guarded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_isolation_everybody_is_one_caller),
        cmocka_unit_test(test_twelve_digits_are_the_account),
        cmocka_unit_test(test_other_keys_make_a_number),
        cmocka_unit_test(test_the_first_credential_counts_wherever_it_stands),
        cmocka_unit_test(test_a_presigned_query_is_decoded),
        cmocka_unit_test(test_a_scope_without_five_parts_is_refused),
        cmocka_unit_test(test_a_region_that_is_none_is_refused),
        cmocka_unit_test(test_long_scopes_are_bounded),
        cmocka_unit_test(test_any_bytes_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

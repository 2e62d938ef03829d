/* coding_test.c -- content codings: which is meant, what comes out, and what damage does. */
#include "base/coding.h"

#include <zlib.h>

#include "support/support.h"

static void test_coding__accept_encoding_is_understood(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        coding expected;
    } cases[] = {
        {"",                              CODING_NONE   },
        {"identity",                      CODING_NONE   },
        {"gzip",                          CODING_GZIP   },
        {"GZIP",                          CODING_GZIP   },
        {"x-gzip",                        CODING_GZIP   },
        {"deflate",                       CODING_DEFLATE},
        {"deflate, gzip",                 CODING_GZIP   },
        {"gzip, deflate, br",             CODING_GZIP   },
        {"br;q=1.0, gzip;q=0.8, *;q=0.1", CODING_GZIP   },
        {"gzip;q=0",                      CODING_NONE   },
        {"gzip;q=0.000, deflate",         CODING_DEFLATE},
        {"gzip ; q=0.001",                CODING_GZIP   },
        {"gzip;Q=0",                      CODING_NONE   },
        {",,gzip,,",                      CODING_GZIP   },
        {"gzipped",                       CODING_NONE   },
        {"*",                             CODING_NONE   },
        {";q=1",                          CODING_NONE   },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct span guarded = support_guard(span_of(cases[i].text));
        assert_int_equal(coding_of_reply(guarded), cases[i].expected);
        support_guard_free(guarded);
    }
}

static void test_coding__content_encoding_is_understood(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_good;
        coding expected;
    } cases[] = {
        {"",              true,  CODING_NONE   },
        {"identity",      true,  CODING_NONE   },
        {"amz-1.0",       true,  CODING_NONE   },
        {"gzip",          true,  CODING_GZIP   },
        {"amz-1.0,gzip",  true,  CODING_GZIP   },
        {"deflate",       true,  CODING_DEFLATE},
        {"gzip, gzip",    false, CODING_NONE   },
        {"deflate, gzip", false, CODING_NONE   },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        coding kind = CODING_NONE;
        assert_int_equal(coding_of_body(span_of(cases[i].text), &kind), cases[i].is_good);
        assert_int_equal(kind, cases[i].expected);
    }
}

/* A text that is neither random nor one letter. */
static struct span make_text(size_t len)
{
    uint8_t *text = malloc(len + 1);
    assert_non_null(text);
    for (size_t i = 0; i < len; i++) text[i] = (uint8_t)('a' + (i * i / 7) % 26);
    return (struct span){text, len};
}

static void free_text(struct span text)
{
    union {
        const uint8_t *given;
        void *wanted;
    } ptr = {.given = text.ptr};
    free(ptr.wanted);
}

static struct buf encoded(coding kind, struct span text)
{
    struct coding_encoder encoder = {.mem = support_mem()};
    struct buf out;
    buf_init(&out, support_mem(), 1 << 24);
    assert_int_equal(coding_encode(&encoder, kind, text, &out), ST_OK);
    coding_encoder_deinit(&encoder);
    return out;
}

static void test_coding__decode_undoes_encode(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 100, 16384, 16385, 1000000};
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        for (coding kind = CODING_GZIP; kind <= CODING_DEFLATE; kind++) {
            const struct span text = make_text(sizes[i]);
            struct buf packed = encoded(kind, text);
            const struct span guarded = support_guard(buf_view(&packed));
            struct buf out;
            buf_init(&out, support_mem(), sizes[i]); /* exactly as much as there is */
            assert_int_equal(coding_decode(support_mem(), kind, guarded, &out), ST_OK);
            assert_true(span_eq(buf_view(&out), text));
            buf_deinit(&out);
            buf_deinit(&packed);
            support_guard_free(guarded);
            free_text(text);
        }
    }
    support_mem_check();
}

static void test_coding__an_encoder_is_used_again(void **state)
{
    (void)state;
    struct coding_encoder encoder = {.mem = support_mem()};
    for (int i = 0; i < 3; i++) {
        struct buf packed;
        struct buf out;
        buf_init(&packed, support_mem(), 1000);
        buf_init(&out, support_mem(), 1000);
        assert_int_equal(coding_encode(&encoder, CODING_GZIP, SPAN("again"), &packed), ST_OK);
        assert_int_equal(coding_decode(support_mem(), CODING_GZIP, buf_view(&packed), &out), ST_OK);
        support_assert_text(buf_view(&out), "again");
        buf_deinit(&packed);
        buf_deinit(&out);
    }
    coding_encoder_deinit(&encoder);
    support_mem_check();
}

static void test_coding__content_over_the_maximum_is_a_limit(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 100, 16384, 16385, 5000000};
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        const struct span text = make_text(sizes[i]);
        struct buf packed = encoded(CODING_GZIP, text);
        struct buf out;
        buf_init(&out, support_mem(), sizes[i] - 1);
        assert_int_equal(coding_decode(support_mem(), CODING_GZIP, buf_view(&packed), &out),
                         ST_LIMIT);
        assert_true(out.len < sizes[i]);
        buf_deinit(&out);
        buf_deinit(&packed);
        free_text(text);
    }
    support_mem_check();
}

static status decode(coding kind, struct span body, struct buf *out)
{
    const struct span guarded = support_guard(body);
    buf_init(out, support_mem(), 1 << 20);
    const status st = coding_decode(support_mem(), kind, guarded, out);
    support_guard_free(guarded);
    return st;
}

static void test_coding__every_cut_and_every_flipped_check_is_corrupt(void **state)
{
    (void)state;
    struct buf packed = encoded(CODING_GZIP, SPAN("some text, some text, some text"));
    for (size_t len = 0; len < packed.len; len++) {
        struct buf out;
        assert_int_equal(decode(CODING_GZIP, (struct span){packed.ptr, len}, &out), ST_CORRUPT);
        buf_deinit(&out);
    }
    for (size_t at = packed.len - 8; at < packed.len; at++) { /* CRC and length */
        struct buf out;
        packed.ptr[at] ^= 1;
        assert_int_equal(decode(CODING_GZIP, buf_view(&packed), &out), ST_CORRUPT);
        packed.ptr[at] ^= 1;
        buf_deinit(&out);
    }
    buf_deinit(&packed);
    support_mem_check();
}

static void test_coding__gzip_members_follow_on_but_other_bytes_do_not(void **state)
{
    (void)state;
    struct buf packed = encoded(CODING_GZIP, SPAN("one"));
    struct buf second = encoded(CODING_GZIP, SPAN(" two"));
    buf_put(&packed, buf_view(&second));
    struct buf out;
    assert_int_equal(decode(CODING_GZIP, buf_view(&packed), &out), ST_OK);
    support_assert_text(buf_view(&out), "one two");
    buf_deinit(&out);
    buf_put_text(&packed, "junk");
    assert_int_equal(decode(CODING_GZIP, buf_view(&packed), &out), ST_CORRUPT);
    buf_deinit(&out);
    buf_deinit(&packed);
    buf_deinit(&second);
    support_mem_check();
}

static void test_coding__deflate_is_read_with_and_without_its_header(void **state)
{
    (void)state;
    struct buf packed = encoded(CODING_DEFLATE, SPAN("deflated"));
    const struct span bare = {packed.ptr + 2, packed.len - 6}; /* no header, no checksum */
    struct buf out;
    assert_int_equal(decode(CODING_DEFLATE, bare, &out), ST_OK);
    support_assert_text(buf_view(&out), "deflated");
    buf_deinit(&out);
    buf_put_text(&packed, "x");
    assert_int_equal(decode(CODING_DEFLATE, buf_view(&packed), &out), ST_CORRUPT);
    buf_deinit(&out);
    buf_deinit(&packed);
    support_mem_check();
}

static void test_coding__every_failed_allocation_is_no_memory(void **state)
{
    (void)state;
    const struct span text = make_text(50000);
    struct buf packed = encoded(CODING_GZIP, text);
    bool fired = true;
    for (uint64_t nth = 1; fired; nth++) {
        struct coding_encoder encoder = {.mem = support_mem()};
        struct buf again;
        struct buf out;
        buf_init(&again, support_mem(), 1 << 20);
        buf_init(&out, support_mem(), 1 << 20);
        support_mem_fail_at(nth);
        const status in = coding_decode(support_mem(), CODING_GZIP, buf_view(&packed), &out);
        const status back = coding_encode(&encoder, CODING_GZIP, text, &again);
        fired = support_mem_failed();
        support_mem_fail_at(0);
        assert_true(in == ST_OK || in == ST_NO_MEMORY);
        assert_true(back == ST_OK || back == ST_NO_MEMORY);
        assert_int_equal(fired, in != ST_OK || back != ST_OK);
        coding_encoder_deinit(&encoder);
        buf_deinit(&again);
        buf_deinit(&out);
    }
    buf_deinit(&packed);
    free_text(text);
    support_mem_check();
}

static void test_coding__the_crc_is_that_of_zip(void **state)
{
    (void)state;
    assert_int_equal(coding_crc32(SPAN("123456789")), 0xCBF43926);
    assert_int_equal(coding_crc32((struct span){0}), 0);
    assert_int_equal(coding_crc32(SPAN("<UnknownOperationException/>\n")), 3552371480U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coding__accept_encoding_is_understood),
        cmocka_unit_test(test_coding__content_encoding_is_understood),
        cmocka_unit_test(test_coding__decode_undoes_encode),
        cmocka_unit_test(test_coding__an_encoder_is_used_again),
        cmocka_unit_test(test_coding__content_over_the_maximum_is_a_limit),
        cmocka_unit_test(test_coding__every_cut_and_every_flipped_check_is_corrupt),
        cmocka_unit_test(test_coding__gzip_members_follow_on_but_other_bytes_do_not),
        cmocka_unit_test(test_coding__deflate_is_read_with_and_without_its_header),
        cmocka_unit_test(test_coding__every_failed_allocation_is_no_memory),
        cmocka_unit_test(test_coding__the_crc_is_that_of_zip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* base64_test.c -- RFC 4648's vectors, every byte back and forth, and DynamoDB's refusals. */
#include "support/support.h"

#include <stdio.h>

#include "item/base64.h"
#include "json/json_writer.h"

struct decoded {
    struct arena arena;
    struct error err;
    struct buf buf;
};

static status decode(struct decoded *d, struct span text)
{
    arena_init(&d->arena, support_mem(), 1 << 16);
    d->err = error_in(&d->arena);
    buf_init(&d->buf, support_mem(), 1 << 16);
    const struct span guarded = support_guard(text);
    const status st = base64_decode(guarded, &d->buf, &d->err);
    support_guard_free(guarded);
    return st;
}

static void finish(struct decoded *d)
{
    buf_deinit(&d->buf);
    arena_deinit(&d->arena);
    support_mem_check();
}

static void test_base64__decodes_the_vectors_of_the_standard(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bytes;
    } cases[] = {
        {"",         ""            },
        {"Zg==",     "f"           },
        {"Zm8=",     "fo"          },
        {"Zm9v",     "foo"         },
        {"Zm9vYg==", "foob"        },
        {"Zm9vYmE=", "fooba"       },
        {"Zm9vYmFy", "foobar"      },
        {"+//+",     "\xFB\xFF\xFE"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct decoded d;
        assert_int_equal(decode(&d, span_of(cases[i].text)), ST_OK);
        support_assert_text(buf_view(&d.buf), cases[i].bytes);
        finish(&d);
    }
}

static void test_base64__decodes_what_the_writer_writes(void **state)
{
    (void)state;
    struct support_random random = support_random();
    for (int i = 0; i < 5000; i++) {
        uint8_t bytes[64];
        const size_t len = support_random_below(&random, sizeof bytes + 1);
        for (size_t at = 0; at < len; at++) bytes[at] = (uint8_t)support_random_next(&random);
        struct buf text;
        struct decoded d;
        buf_init(&text, support_mem(), 1 << 10);
        json_writer_base64_text(&text, (struct span){bytes, len});
        assert_int_equal(decode(&d, buf_view(&text)), ST_OK);
        assert_true(span_eq(buf_view(&d.buf), (struct span){bytes, len}));
        buf_deinit(&text);
        finish(&d);
    }
}

static void test_base64__refuses_with_dynamodbs_sentences(void **state)
{
    (void)state;
    static const char last[] = "Invalid last non-pad Base64 character dectected";
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"a",         "Base64 encoded length is expected a multiple of 4 bytes but found: 1"},
        {"23456",     "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
        {"YQ=",       "Base64 encoded length is expected a multiple of 4 bytes but found: 3"},
        {"=+/=",      last                                                                  },
        {"+/+=",      last                                                                  },
        {"YR==",      last                                                                  },
        {"YWJ=",      last                                                                  },
        {"Y===",      last                                                                  },
        {"====",      last                                                                  },
        {"YQ==YQ==",  last                                                                  },
        {"Y=Q=",      last                                                                  },
        {"=QQQ",      last                                                                  },
        {"a*cd",      "Invalid Base64 character: '*'"                                       },
        {"ab-_",      "Invalid Base64 character: '-'"                                       },
        {"ab d",      "Invalid Base64 character: ' '"                                       },
        {"abcd\n===", "Invalid Base64 character: '\n'"                                      },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct decoded d;
        assert_int_equal(decode(&d, span_of(cases[i].text)), ST_SERIALIZATION);
        support_assert_text(error_text(&d.err), cases[i].sentence);
        assert_int_equal(d.buf.len, 0);
        finish(&d);
    }
}

/* Each byte in each place of a group: accepted exactly when it is of the alphabet. */
static void test_base64__knows_its_alphabet(void **state)
{
    (void)state;
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t place = 0; place < 4; place++)
        for (int c = 1; c < 256; c++) {
            uint8_t text[] = "AAAAAAAA";
            struct decoded d;
            text[place] = (uint8_t)c;
            const status st = decode(&d, (struct span){text, 8});
            assert_int_equal(st == ST_OK, strchr(alphabet, c) != NULL);
            finish(&d);
        }
}

static void test_base64__leaves_a_failed_buf_failed(void **state)
{
    (void)state;
    struct decoded d;
    arena_init(&d.arena, support_mem(), 1 << 16);
    d.err = error_in(&d.arena);
    buf_init(&d.buf, support_mem(), 2);
    assert_int_equal(base64_decode(SPAN("Zm9v"), &d.buf, &d.err), ST_OK);
    assert_int_equal(buf_status(&d.buf), ST_LIMIT);
    finish(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64__decodes_the_vectors_of_the_standard),
        cmocka_unit_test(test_base64__decodes_what_the_writer_writes),
        cmocka_unit_test(test_base64__refuses_with_dynamodbs_sentences),
        cmocka_unit_test(test_base64__knows_its_alphabet),
        cmocka_unit_test(test_base64__leaves_a_failed_buf_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

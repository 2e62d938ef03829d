/* utf8_test.c -- exactly the well-formed sequences of RFC 3629 pass, wherever they stand.
 *
 * The judge of every sequence here is the definition itself: decode by the bit pattern, then ask
 * whether the code is a scalar value and whether a shorter form exists. utf8.c works from a table
 * of lead bytes instead, so the two cannot share a mistake.
 */
#include "base/utf8.h"
#include "support/support.h"

/* Is `bytes` one well-formed sequence, whole? */
static bool is_one_scalar(const uint8_t *bytes, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t lead = bytes[0];
    if (len == 1) return lead < 0x80;
    const uint32_t mark = (0xF00U >> len) & 0xFFU; /* C0, E0, F0 */
    const uint32_t mask = (0xF80U >> len) & 0xFFU; /* E0, F0, F8 */
    if ((lead & mask) != mark) return false;
    uint32_t code = lead & ~mask;
    for (size_t at = 1; at < len; at++) {
        if ((bytes[at] & 0xC0U) != 0x80U) return false;
        code = code << 6 | (bytes[at] & 0x3FU);
    }
    if (code < least[len] || code > 0x10FFFF) return false;
    return code < 0xD800 || code > 0xDFFF;
}

/* No sequence begins another, so the first length that fits is the only one. */
static bool is_well_formed(const uint8_t *bytes, size_t len)
{
    size_t at = 0;
    while (at < len) {
        size_t n = 1;
        while (n <= 4 && (n > len - at || !is_one_scalar(bytes + at, n))) n++;
        if (n > 4) return false;
        at += n;
    }
    return true;
}

static void check(const uint8_t *bytes, size_t len)
{
    if (utf8_is_valid((struct span){bytes, len}) == is_well_formed(bytes, len)) return;
    fail_msg("%zu bytes %02x %02x %02x %02x are judged wrongly", len, bytes[0],
             len > 1 ? bytes[1] : 0, len > 2 ? bytes[2] : 0, len > 3 ? bytes[3] : 0);
}

static void test_utf8__judges_every_pair_of_bytes(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        const uint8_t one = (uint8_t)a;
        check(&one, 1);
        for (unsigned b = 0; b < 256; b++) {
            const uint8_t pair[] = {(uint8_t)a, (uint8_t)b};
            check(pair, 2);
        }
    }
}

/* All third and fourth bytes that lie beside a border. */
static void check_long_sequences(uint8_t lead, uint8_t second)
{
    static const uint8_t later[] = {0x00, 0x7F, 0x80, 0xBF, 0xC0, 0xFF};
    for (size_t c = 0; c < ARRAY_COUNT(later); c++)
        for (size_t d = 0; d < ARRAY_COUNT(later); d++) {
            const uint8_t bytes[] = {lead, second, later[c], later[d]};
            check(bytes, 3);
            check(bytes, 4);
        }
}

static void test_utf8__judges_long_sequences_at_every_boundary(void **state)
{
    (void)state;
    for (unsigned lead = 0xE0; lead < 256; lead++)
        for (unsigned second = 0; second < 256; second++)
            check_long_sequences((uint8_t)lead, (uint8_t)second);
}

static void test_utf8__accepts_what_utf8_encode_writes(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        if (code >= 0xD800 && code <= 0xDFFF) continue;
        uint8_t bytes[4];
        const size_t len = utf8_encode(code, bytes);
        assert_int_equal(len, 1U + (code >= 0x80) + (code >= 0x800) + (code >= 0x10000));
        assert_true(is_one_scalar(bytes, len));
        assert_true(utf8_is_valid((struct span){bytes, len}));
    }
}

static void test_utf8_decode__takes_one_code_and_leaves_the_rest(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        if (code >= 0xD800 && code <= 0xDFFF) continue;
        uint8_t bytes[5];
        const size_t len = utf8_encode(code, bytes);
        bytes[len] = 'z';
        struct span text = {bytes, len + 1};
        assert_int_equal(utf8_decode(&text), code);
        assert_true(span_eq(text, SPAN("z")));
    }
}

static void test_utf8_encode__writes_the_known_bytes(void **state)
{
    (void)state;
    static const struct {
        uint32_t code;
        const char *bytes;
    } cases[] = {
        {0x24,     "\x24"            },
        {0x7F,     "\x7F"            },
        {0x80,     "\xC2\x80"        },
        {0x7FF,    "\xDF\xBF"        },
        {0x800,    "\xE0\xA0\x80"    },
        {0x20AC,   "\xE2\x82\xAC"    },
        {0xFFFF,   "\xEF\xBF\xBF"    },
        {0x10000,  "\xF0\x90\x80\x80"},
        {0x10FFFF, "\xF4\x8F\xBF\xBF"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint8_t bytes[4];
        const size_t len = utf8_encode(cases[i].code, bytes);
        assert_true(span_eq((struct span){bytes, len}, span_of(cases[i].bytes)));
    }
}

/* The fast path takes eight ASCII bytes at a time: a bad or cut sequence must be found at every
 * offset, and nothing behind the text may be read. */
static void test_utf8__looks_everywhere_and_no_further(void **state)
{
    (void)state;
    const struct {
        struct span sequence;
        bool valid;
    } cases[] = {
        {SPAN("\xE2\x82\xAC"),     true },
        {SPAN("\xF0\x9F\x98\x80"), true },
        {SPAN("\xE2\x82"),         false},
        {SPAN("\xF0\x9F\x98"),     false},
        {SPAN("\xC2"),             false},
        {SPAN("\x80"),             false},
        {SPAN("\xED\xA0\x80"),     false},
        {SPAN("\xC0\x80"),         false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        for (size_t before = 0; before < 20; before++)
            for (size_t after = 0; after < 20; after++) {
                const struct span sequence = cases[i].sequence;
                uint8_t text[64];
                memset(text, 'a', sizeof text);
                memcpy(text + before, sequence.ptr, sequence.len);
                const struct span guarded =
                    support_guard((struct span){text, before + sequence.len + after});
                assert_int_equal(utf8_is_valid(guarded), cases[i].valid);
                support_guard_free(guarded);
            }
}

static void test_utf8__nothing_is_valid(void **state)
{
    (void)state;
    assert_true(utf8_is_valid((struct span){0}));
    assert_true(utf8_is_valid(SPAN("\x00")));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8__judges_every_pair_of_bytes),
        cmocka_unit_test(test_utf8__judges_long_sequences_at_every_boundary),
        cmocka_unit_test(test_utf8__accepts_what_utf8_encode_writes),
        cmocka_unit_test(test_utf8_decode__takes_one_code_and_leaves_the_rest),
        cmocka_unit_test(test_utf8_encode__writes_the_known_bytes),
        cmocka_unit_test(test_utf8__looks_everywhere_and_no_further),
        cmocka_unit_test(test_utf8__nothing_is_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* number_test.c -- numbers against a second decimal, written here on purpose differently.
 *
 * struct wide is a number as a ruler of digits: one cell for every power of ten from 130 down to
 * -169, and a sign. It is filled digit by digit from the text alone, so it shares no idea with
 * number.c (no power, no trimming, no pairs). Order, equality, sums and texts are checked by it
 * on random pairs, half of them close to each other.
 */
#include "support/support.h"

#include <stdio.h>

#include "item/number.h"

enum { WHOLE = 131, CELLS = WHOLE + 169, PAIRS = 200000 };

struct wide {
    bool negative;
    int8_t cells[CELLS]; /* cells[WHOLE - 1] counts ones */
};

static struct wide wide_read(const char *text)
{
    struct wide w = {0};
    w.negative = *text == '-';
    if (*text == '-' || *text == '+') text++;
    const size_t mantissa = strcspn(text, "eE");
    const size_t point = strcspn(text, ".eE");
    long shift = 0;
    if (text[mantissa] != 0) shift = strtol(text + mantissa + 1, NULL, 10);
    for (size_t i = 0; i < mantissa; i++) {
        if (text[i] == '.' || text[i] == '0') continue;
        const long before_point = (long)point - (long)i - (i < point ? 1 : 0);
        const long cell = WHOLE - 1 - before_point - shift;
        assert_in_range(cell, 0, CELLS - 1);
        w.cells[cell] = (int8_t)(text[i] - '0');
    }
    return w;
}

static bool wide_is_zero(const struct wide *w)
{
    for (size_t i = 0; i < CELLS; i++)
        if (w->cells[i] != 0) return false;
    return true;
}

static int wide_order(const struct wide *a, const struct wide *b)
{
    const bool a_negative = a->negative && !wide_is_zero(a);
    const bool b_negative = b->negative && !wide_is_zero(b);
    if (a_negative != b_negative) return a_negative ? -1 : 1;
    for (size_t i = 0; i < CELLS; i++)
        if (a->cells[i] != b->cells[i]) return (a->cells[i] < b->cells[i]) != a_negative ? -1 : 1;
    return 0;
}

/* Long addition and subtraction as at school: the larger magnitude on top. */
static struct wide wide_add(const struct wide *a, const struct wide *b)
{
    struct wide x = *a;
    struct wide y = *b;
    x.negative = y.negative = false;
    const bool swap = wide_order(&x, &y) < 0;
    const struct wide *top = swap ? b : a;
    const struct wide *low = swap ? a : b;
    struct wide sum = {.negative = top->negative};
    const int sign = a->negative == b->negative ? 1 : -1;
    int carry = 0;
    for (int i = CELLS - 1; i >= 0; i--) {
        const int cell = top->cells[i] + sign * low->cells[i] + carry;
        carry = cell < 0 ? -1 : cell > 9 ? 1 : 0;
        sum.cells[i] = (int8_t)(cell - 10 * carry);
    }
    assert_int_equal(carry, 0);
    return sum;
}

/* The plain text of `w`: no needless zeros, no exponent. */
static void wide_text(const struct wide *w, char *out)
{
    int first = 0;
    int last = CELLS - 1;
    while (first < WHOLE - 1 && w->cells[first] == 0) first++;
    while (last >= WHOLE && w->cells[last] == 0) last--;
    if (w->negative && !wide_is_zero(w)) *out++ = '-';
    for (int i = first; i <= last; i++) {
        if (i == WHOLE) *out++ = '.';
        *out++ = (char)('0' + w->cells[i]);
    }
    *out = 0;
}

/* How many digits from the first to the last that is not 0, and the power of the first. */
static int wide_digits(const struct wide *w, int *power)
{
    int first = 0;
    int last = CELLS - 1;
    while (first < CELLS && w->cells[first] == 0) first++;
    if (first == CELLS) return 0;
    while (w->cells[last] == 0) last--;
    *power = WHOLE - 1 - first;
    return last - first + 1;
}

static struct error error_for(struct arena *arena)
{
    arena_init(arena, support_mem(), 1 << 16);
    return error_in(arena);
}

static struct number parse(const char *text)
{
    struct arena arena;
    struct error err = error_for(&arena);
    struct number number = {0};
    if (number_parse(span_of(text), &number, &err) != ST_OK) fail_msg("refused: %s", text);
    arena_deinit(&arena);
    return number;
}

/* ---- random numbers ---- */

static uint32_t below(struct support_random *random, uint32_t bound)
{
    return support_random_below(random, bound);
}

/* A number of up to 38 digits and a power that fits, in one of many ways to write it. */
static void random_text(struct support_random *random, char *out)
{
    const uint32_t count = 1 + below(random, below(random, 4) == 0 ? 38 : 5);
    const uint32_t point = below(random, count + 1); /* digits before the point */
    const int low = -130 - (int)point + 1;
    const int high = 126 - (int)point;
    const bool far = below(random, 2) == 0;
    const int power =
        far ? low + (int)below(random, (uint32_t)(high - low + 1)) : -3 + (int)below(random, 7);
    const uint32_t sign = below(random, 5);
    if (sign < 3) *out++ = "+--"[sign];
    for (uint32_t i = below(random, 3); i > 0; i--) *out++ = '0';
    for (uint32_t i = 0; i < count; i++) {
        if (i == point) *out++ = '.';
        *out++ = (char)(i == 0 ? '1' + below(random, 9) : '0' + below(random, 10));
    }
    *out = 0;
    if (power != 0 || below(random, 2) == 0)
        (void)snprintf(out, 8, below(random, 2) == 0 ? "e%d" : "E%+d", power);
}

/* The text with one digit or the sign changed: its neighbours share long prefixes with it. */
static void disturb(struct support_random *random, char *text)
{
    const size_t mantissa = strcspn(text, "eE");
    if (text[0] == '-' && below(random, 8) == 0) {
        text[0] = '+';
        return;
    }
    const size_t at = below(random, (uint32_t)mantissa);
    if (text[at] >= '1' && text[at] <= '9') text[at] = (char)('1' + below(random, 9));
}

static void random_pair(struct support_random *random, char *a, char *b)
{
    random_text(random, a);
    random_text(random, b);
    if (below(random, 2) == 0) return;
    memcpy(b, a, strlen(a) + 1);
    disturb(random, b);
}

static int sign_of(int n)
{
    return (n > 0) - (n < 0);
}

static void test_number__bytes_order_as_values(void **state)
{
    (void)state;
    struct support_random random = support_random();
    for (int i = 0; i < PAIRS; i++) {
        char a[256];
        char b[256];
        random_pair(&random, a, b);
        const struct number na = parse(a);
        const struct number nb = parse(b);
        const struct wide wa = wide_read(a);
        const struct wide wb = wide_read(b);
        const int expected = wide_order(&wa, &wb);
        if (sign_of(span_compare(number_view(&na), number_view(&nb))) == expected) continue;
        fail_msg("%s and %s: expected %d", a, b, expected);
    }
    support_mem_check();
}

static void test_number__text_is_plain_and_reads_back_the_same(void **state)
{
    (void)state;
    struct support_random random = support_random();
    for (int i = 0; i < PAIRS; i++) {
        char text[256];
        char plain[NUMBER_TEXT_BYTES_MAX + 1];
        char expected[CELLS + 3];
        random_text(&random, text);
        const struct number number = parse(text);
        const struct wide wide = wide_read(text);
        plain[number_text(number_view(&number), plain)] = 0;
        wide_text(&wide, expected);
        assert_string_equal(plain, expected);
        const struct number back = parse(plain);
        assert_true(span_eq(number_view(&number), number_view(&back)));
        assert_true(number_is_valid(number_view(&number)));
    }
    support_mem_check();
}

static const char overflow[] =
    "Number overflow. Attempting to store a number with magnitude larger than supported range";
static const char underflow[] =
    "Number underflow. Attempting to store a number with magnitude smaller than supported range";

/* What the sum `w` must be refused with, or NULL. */
static const char *wide_refusal(const struct wide *w)
{
    int power = 0;
    const int digits = wide_digits(w, &power);
    if (digits == 0) return NULL;
    if (digits > 38 || power > 125) return overflow;
    return power < -130 ? underflow : NULL;
}

static void check_sum(const char *a, const char *b, bool subtract)
{
    struct arena arena;
    struct error err = error_for(&arena);
    const struct number na = parse(a);
    const struct number nb = parse(b);
    const struct wide wa = wide_read(a);
    struct wide wb = wide_read(b);
    if (subtract) wb.negative = !wb.negative;
    const struct wide expected = wide_add(&wa, &wb);
    const char *const refusal = wide_refusal(&expected);
    struct number sum = {0};
    const status st =
        (subtract ? number_subtract : number_add)(number_view(&na), number_view(&nb), &sum, &err);
    if (refusal != NULL) {
        assert_int_equal(st, ST_VALIDATION);
        support_assert_text(error_text(&err), refusal);
    } else {
        char text[NUMBER_TEXT_BYTES_MAX + 1];
        char expected_text[CELLS + 3];
        assert_int_equal(st, ST_OK);
        text[number_text(number_view(&sum), text)] = 0;
        wide_text(&expected, expected_text);
        assert_string_equal(text, expected_text);
        assert_true(number_is_valid(number_view(&sum)));
    }
    arena_deinit(&arena);
}

static void test_number__sums_are_exact_or_refused(void **state)
{
    (void)state;
    struct support_random random = support_random();
    for (int i = 0; i < PAIRS; i++) {
        char a[256];
        char b[256];
        random_pair(&random, a, b);
        check_sum(a, b, below(&random, 2) == 0);
    }
    support_mem_check();
}

static void test_number__adds_and_subtracts_at_the_edges(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
    } cases[] = {
        {"0",                                           "0"                      },
        {"0",                                           "-1E-130"                },
        {"1",                                           "10000000000000000000000"},
        {"1E50",                                        "1"                      },
        {"1E50",                                        "-1"                     },
        {"1E37",                                        "1"                      },
        {"1E38",                                        "1"                      },
        {"9E125",                                       "9E125"                  },
        {"9E125",                                       "1E124"                  },
        {"9.9999999999999999999999999999999999999E125", "1E88"                   },
        {"9.9999999999999999999999999999999999999E125", "1E-130"                 },
        {"1E-130",                                      "1E-130"                 },
        {"1.1E-130",                                    "1E-130"                 },
        {"1.2345E-130",                                 "1.2344E-130"            },
        {"0.5",                                         "0.5"                    },
        {"99999999999999999999999999999999999999",      "1"                      },
        {"99999999999999999999999999999999999999",      "2"                      },
        {"-5",                                          "5"                      },
        {"0.1",                                         "0.2"                    },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        check_sum(cases[i].a, cases[i].b, false);
        check_sum(cases[i].a, cases[i].b, true);
        check_sum(cases[i].b, cases[i].a, true);
    }
    support_mem_check();
}

static void test_number__counts_damaged_bytes_as_zero_in_sums(void **state)
{
    (void)state;
    struct arena arena;
    struct error err = error_for(&arena);
    const struct number five = parse("5");
    struct number sum = {0};
    assert_int_equal(number_add(SPAN("\x03"), number_view(&five), &sum, &err), ST_OK);
    assert_true(span_eq(number_view(&sum), number_view(&five)));
    arena_deinit(&arena);
    support_mem_check();
}

static void test_number__accepts_what_dynamodb_accepts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *plain;
    } cases[] = {
        {"0",                                        "0"                                       },
        {"-0",                                       "0"                                       },
        {"+0.000",                                   "0"                                       },
        {"0e1000",                                   "0"                                       },
        {"0E-99999999999999999999",                  "0"                                       },
        {"3",                                        "3"                                       },
        {"+3",                                       "3"                                       },
        {"+1000",                                    "1000"                                    },
        {"00042",                                    "42"                                      },
        {"1.0",                                      "1"                                       },
        {"1E0",                                      "1"                                       },
        {"1e+5",                                     "100000"                                  },
        {"1.5E2",                                    "150"                                     },
        {"3.1400",                                   "3.14"                                    },
        {".123",                                     "0.123"                                   },
        {"-.5",                                      "-0.5"                                    },
        {"5.",                                       "5"                                       },
        {"0001.23",                                  "1.23"                                    },
        {"-7.1234",                                  "-7.1234"                                 },
        {"-17e5",                                    "-1700000"                                },
        {"1000e-3",                                  "1"                                       },
        {"12345678901234567890123456789012345678",   "12345678901234567890123456789012345678"  },
        {"1234567890123456789012345678901234567800", "1234567890123456789012345678901234567800"},
        {"0.00000000000000000000000000000000000001", "0.00000000000000000000000000000000000001"},
        {"3.1415926535897932384626433832795028841",  "3.1415926535897932384626433832795028841" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char plain[NUMBER_TEXT_BYTES_MAX + 1];
        const struct number number = parse(cases[i].text);
        plain[number_text(number_view(&number), plain)] = 0;
        assert_string_equal(plain, cases[i].plain);
    }
    support_mem_check();
}

static void test_number__writes_equal_numbers_as_equal_bytes(void **state)
{
    (void)state;
    static const char *const groups[][4] = {
        {"1",    "1.0",    "1E0",    "+1"    },
        {"0",    "-0",     "0.0",    "-0E5"  },
        {"100",  "1E2",    "+1e+2",  "0.1e3" },
        {"-2.5", "-25e-1", "-02.50", "-.25E1"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(groups); i++)
        for (size_t at = 1; at < 4; at++) {
            const struct number a = parse(groups[i][0]);
            const struct number b = parse(groups[i][at]);
            assert_true(span_eq(number_view(&a), number_view(&b)));
        }
    support_mem_check();
}

static void test_number__prints_the_largest_and_smallest_in_full(void **state)
{
    (void)state;
    char expected[NUMBER_TEXT_BYTES_MAX + 1];
    char plain[NUMBER_TEXT_BYTES_MAX + 1];
    struct number number = parse("1E125");
    memset(expected, '0', 126);
    expected[0] = '1';
    assert_int_equal(number_text(number_view(&number), plain), 126);
    assert_memory_equal(plain, expected, 126);

    number = parse("-1E-130");
    memset(expected, '0', 133);
    expected[0] = '-';
    expected[2] = '.';
    expected[132] = '1';
    assert_int_equal(number_text(number_view(&number), plain), 133);
    assert_memory_equal(plain, expected, 133);

    number = parse("-1.2345678901234567890123456789012345678E-130");
    assert_int_equal(number_text(number_view(&number), plain), 170);
    assert_int_equal(number.len, NUMBER_BYTES_MAX);
    support_mem_check();
}

static void test_number__refuses_with_dynamodbs_sentences(void **state)
{
    (void)state;
    static const char invalid[] = "The parameter cannot be converted to a numeric value";
    static const char digits[] = "Attempting to store more than 38 significant digits in a Number";
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"",                                           invalid  },
        {"abc",                                        NULL     },
        {"NaN",                                        NULL     },
        {"Infinity",                                   NULL     },
        {"-Infinity",                                  NULL     },
        {" 1",                                         NULL     },
        {"1 ",                                         NULL     },
        {"1_000",                                      NULL     },
        {"++5",                                        NULL     },
        {"+-5",                                        NULL     },
        {"-",                                          NULL     },
        {".",                                          NULL     },
        {"-.",                                         NULL     },
        {"1.2.3",                                      NULL     },
        {"1e",                                         NULL     },
        {"1e+",                                        NULL     },
        {"e5",                                         NULL     },
        {"+e2",                                        NULL     },
        {".e5",                                        NULL     },
        {"1+2",                                        NULL     },
        {"0x10",                                       NULL     },
        {"1e5.5",                                      NULL     },
        {"123456789012345678901234567890123456789",    digits   },
        {"-1.23456789012345678901234567890123456789",  digits   },
        {"314159265358979323846264338327950288419e30", digits   },
        {"100000000000000000000000000000000000001",    digits   },
        {"1E126",                                      overflow },
        {"-1E126",                                     overflow },
        {"11e125",                                     overflow },
        {"1.0e100000000",                              overflow },
        {"1e99999999999999999999",                     overflow },
        {"1E-131",                                     underflow},
        {"-1E-131",                                    underflow},
        {"0.9e-130",                                   underflow},
        {"1e-99999999999999999999",                    underflow},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct arena arena;
        struct error err = error_for(&arena);
        struct number number = {{0}, 99};
        char sentence[256];
        (void)snprintf(sentence, sizeof sentence, "%s: %s", invalid, cases[i].text);
        if (number_parse(span_of(cases[i].text), &number, &err) != ST_VALIDATION)
            fail_msg("accepted: %s", cases[i].text);
        support_assert_text(error_text(&err),
                            cases[i].sentence != NULL ? cases[i].sentence : sentence);
        assert_int_equal(number.len, 99);
        arena_deinit(&arena);
    }
    support_mem_check();
}

static void test_number__reads_texts_that_end_at_a_guard_page(void **state)
{
    (void)state;
    const char text[] = "-00123.4500e+12";
    for (size_t len = 0; len < sizeof text; len++) {
        struct arena arena;
        struct error err = error_for(&arena);
        struct number number = {0};
        const struct span guarded = support_guard((struct span){(const uint8_t *)text, len});
        const status st = number_parse(guarded, &number, &err);
        assert_true(st == ST_OK || st == ST_VALIDATION);
        support_guard_free(guarded);
        arena_deinit(&arena);
    }
    support_mem_check();
}

static void test_number__converts_whole_numbers(void **state)
{
    (void)state;
    static const int64_t cases[] = {
        0,
        1,
        -1,
        9,
        10,
        -10,
        100,
        123456789,
        INT32_MIN,
        INT64_MAX,
        INT64_MIN,
        INT64_MAX - 1,
        INT64_MIN + 1,
        1000000000000000000,
        -5000000000000000000,
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char text[32];
        int64_t back = 42;
        (void)snprintf(text, sizeof text, "%lld", (long long)cases[i]);
        const struct number a = number_from_i64(cases[i]);
        const struct number b = parse(text);
        assert_true(span_eq(number_view(&a), number_view(&b)));
        assert_true(number_to_i64(number_view(&a), &back));
        assert_true(back == cases[i]);
    }
    support_mem_check();
}

static void test_number__does_not_convert_what_is_no_i64(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0.5",
        "1.5",
        "-1E-130",
        "9223372036854775808",
        "-9223372036854775809",
        "10000000000000000000",
        "99999999999999999999",
        "1E125",
        "-1E19",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        int64_t out = 42;
        const struct number number = parse(texts[i]);
        if (number_to_i64(number_view(&number), &out)) fail_msg("converted: %s", texts[i]);
        assert_int_equal(out, 42);
    }
    int64_t out = 42;
    assert_false(number_to_i64(SPAN(""), &out));
    support_mem_check();
}

static void test_number__has_a_floor(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t floor;
    } cases[] = {
        {"0",                      0                  },
        {"0.5",                    0                  },
        {"-0.5",                   -1                 },
        {"1E-130",                 0                  },
        {"-1E-130",                -1                 },
        {"1700000000",             1700000000         },
        {"1700000000.999999999",   1700000000         },
        {"170000000e1",            1700000000         },
        {"-1700000000.1",          -1700000001        },
        {"-3.0",                   -3                 },
        {"9223372036854775807.9",  INT64_MAX          },
        {"-9223372036854775808",   INT64_MIN          },
        {"-9223372036854775807.5", INT64_MIN          },
        {"1000000000000000000.5",  1000000000000000000},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        int64_t floor = 42;
        const struct number number = parse(cases[i].text);
        if (!number_floor(number_view(&number), &floor)) fail_msg("none: %s", cases[i].text);
        if (floor != cases[i].floor) fail_msg("%s: %lld", cases[i].text, (long long)floor);
    }
    support_mem_check();
}

static void test_number__has_no_floor_beyond_an_i64(void **state)
{
    (void)state;
    static const char *const texts[] = {"9223372036854775808",
                                        "-9223372036854775809",
                                        "-9223372036854775808.5",
                                        "10000000000000000000.5",
                                        "1E125",
                                        "-9.9E125"};
    int64_t out = 42;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        const struct number number = parse(texts[i]);
        if (number_floor(number_view(&number), &out)) fail_msg("has one: %s", texts[i]);
    }
    assert_false(number_floor(SPAN("damaged"), &out));
    assert_int_equal(out, 42);
    support_mem_check();
}

/* Facts measured on DynamoDB by filling an item up to its limit of 400 KB; 0.015 and the last two
 * follow from the stored form they show. */
static void test_number__has_dynamodbs_size(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t size;
    } cases[] = {
        {"0",                                        1 },
        {"-0",                                       1 },
        {"1",                                        2 },
        {"12",                                       2 },
        {"123",                                      3 },
        {"1234",                                     3 },
        {"12345",                                    4 },
        {"123456",                                   4 },
        {"123456789",                                6 },
        {"1234567891",                               6 },
        {"1234567890123456789",                      11},
        {"12345678901234567890123456789012345678",   20},
        {"0042",                                     2 },
        {"100",                                      2 },
        {"1010",                                     3 },
        {"0.0000001",                                2 },
        {"1E125",                                    2 },
        {"11E124",                                   2 },
        {"11111E121",                                4 },
        {"111111E120",                               4 },
        {"1111111E119",                              5 },
        {"1E-100",                                   2 },
        {"1.5",                                      3 },
        {"1.200",                                    3 },
        {"1.234",                                    4 },
        {"3.14159",                                  5 },
        {"100.5",                                    4 },
        {"0.15",                                     2 },
        {"0.015",                                    3 },
        {"-42",                                      3 },
        {"-12345",                                   5 },
        {"-1E125",                                   3 },
        {"-0.15",                                    3 },
        {"1.2345678901234567890123456789012345678",  21},
        {"-1.2345678901234567890123456789012345678", 21},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct number number = parse(cases[i].text);
        if (number_size(number_view(&number)) == cases[i].size) continue;
        fail_msg("%s: %u, expected %u", cases[i].text, number_size(number_view(&number)),
                 cases[i].size);
    }
    support_mem_check();
}

static void test_number__has_only_canonical_bytes(void **state)
{
    (void)state;
    static const struct span damaged[] = {
        {(const uint8_t *)"",                              0 },
        {(const uint8_t *)"\x00",                          1 },
        {(const uint8_t *)"\x04\x81\x0B",                  3 }, /* no such sign */
        {(const uint8_t *)"\x02\x00",                      2 }, /* zero with more */
        {(const uint8_t *)"\x03",                          1 }, /* no power */
        {(const uint8_t *)"\x03\x81",                      2 }, /* no digits */
        {(const uint8_t *)"\x03\x81\x00",                  3 }, /* no pair */
        {(const uint8_t *)"\x03\x81\x65",                  3 }, /* a pair past 99 */
        {(const uint8_t *)"\x03\x81\x01",                  3 }, /* digits 00 */
        {(const uint8_t *)"\x03\x81\x06",                  3 }, /* digits 05: leading zero */
        {(const uint8_t *)"\x03\x81\x0B\x01",              4 }, /* trailing 00 */
        {(const uint8_t *)"\x01\x7E\xF4",                  3 }, /* negative without its end */
        {(const uint8_t *)"\x01\x7E\xFF",                  3 }, /* negative without digits */
        {(const uint8_t *)"\x01\x7E\xF4\xFE",              4 }, /* a wrong end */
        {(const uint8_t *)"\x03\x81\x0C\x0C\x0C\x0C\x0C\x0C\x0C\x0C\x0C\x0C\x0C\x0C\x0C\x0C\x0C"
                          "\x0C\x0C\x0C\x0C\x0C", 22}, /* 40 digits */
    };
    for (size_t i = 0; i < ARRAY_COUNT(damaged); i++) {
        char text[NUMBER_TEXT_BYTES_MAX];
        assert_false(number_is_valid(damaged[i]));
        assert_int_equal(number_text(damaged[i], text), 1);
        assert_int_equal(text[0], '0');
    }
}

/* Whatever bytes pass as a number are the bytes of the text they print as. */
static void test_number__valid_bytes_are_those_of_their_text(void **state)
{
    (void)state;
    struct support_random random = support_random();
    int valid = 0;
    for (int i = 0; i < PAIRS; i++) {
        uint8_t bytes[NUMBER_BYTES_MAX + 1];
        char text[256];
        random_text(&random, text);
        const struct number number = parse(text);
        memcpy(bytes, number.bytes, number.len);
        bytes[below(&random, number.len)] = (uint8_t)support_random_next(&random);
        const struct span changed = {bytes, number.len + below(&random, 2)};
        if (!number_is_valid(changed)) continue;
        char plain[NUMBER_TEXT_BYTES_MAX + 1];
        plain[number_text(changed, plain)] = 0;
        const struct number back = parse(plain);
        assert_true(span_eq(number_view(&back), changed));
        valid++;
    }
    assert_true(valid > 1000);
    support_mem_check();
}

static void test_number__appends_its_text_to_a_buf(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, support_mem(), 100);
    buf_put_text(&buf, "n=");
    const struct number number = parse("-12.50");
    number_write_text(number_view(&number), &buf);
    support_assert_text(buf_view(&buf), "n=-12.5");
    buf_deinit(&buf);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number__bytes_order_as_values),
        cmocka_unit_test(test_number__text_is_plain_and_reads_back_the_same),
        cmocka_unit_test(test_number__sums_are_exact_or_refused),
        cmocka_unit_test(test_number__adds_and_subtracts_at_the_edges),
        cmocka_unit_test(test_number__counts_damaged_bytes_as_zero_in_sums),
        cmocka_unit_test(test_number__accepts_what_dynamodb_accepts),
        cmocka_unit_test(test_number__writes_equal_numbers_as_equal_bytes),
        cmocka_unit_test(test_number__prints_the_largest_and_smallest_in_full),
        cmocka_unit_test(test_number__refuses_with_dynamodbs_sentences),
        cmocka_unit_test(test_number__reads_texts_that_end_at_a_guard_page),
        cmocka_unit_test(test_number__converts_whole_numbers),
        cmocka_unit_test(test_number__does_not_convert_what_is_no_i64),
        cmocka_unit_test(test_number__has_a_floor),
        cmocka_unit_test(test_number__has_no_floor_beyond_an_i64),
        cmocka_unit_test(test_number__has_dynamodbs_size),
        cmocka_unit_test(test_number__has_only_canonical_bytes),
        cmocka_unit_test(test_number__valid_bytes_are_those_of_their_text),
        cmocka_unit_test(test_number__appends_its_text_to_a_buf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

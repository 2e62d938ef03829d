/* number.c -- fuzz numbers: two texts, separated by a blank.
 *
 * A number that is read is canonical, prints as a text that reads as the same number, and orders
 * as that text does: the plain texts are compared here as strings of digits, which knows nothing
 * of number.c's bytes. Sums must undo each other: (a + b) - b = a, whenever a + b exists. A number
 * that is whole is the same number made of an integer, and the floor of one that is not lies below
 * it, less than one away.
 */
#include <assert.h>
#include <string.h>

#include "item/number.h"

enum { ARENA_BYTES = 1 << 20 };

static bool parse(struct arena *arena, struct span text, struct number *out)
{
    struct error err = error_in(arena);
    const status st = number_parse(text, out, &err);
    assert(st == ST_OK || st == ST_VALIDATION);
    return st == ST_OK;
}

static struct span print(const struct number *number, char out[NUMBER_TEXT_BYTES_MAX])
{
    const size_t len = number_text(number_view(number), out);
    return (struct span){(const uint8_t *)out, len};
}

static void check_text(struct arena *arena, const struct number *number)
{
    char text[NUMBER_TEXT_BYTES_MAX];
    struct number back = {0};
    const bool valid = number_is_valid(number_view(number));
    assert(valid);
    const bool parsed = parse(arena, print(number, text), &back);
    assert(parsed);
    assert(span_eq(number_view(number), number_view(&back)));
}

static size_t whole_digits(struct span plain)
{
    const uint8_t *const point = memchr(plain.ptr, '.', plain.len);
    return point == NULL ? plain.len : (size_t)(point - plain.ptr);
}

/* The order of two plain texts without signs: more whole digits are more, else digit by digit. */
static int magnitude_order(struct span a, struct span b)
{
    const size_t a_whole = whole_digits(a);
    const size_t b_whole = whole_digits(b);
    if (a_whole != b_whole) return a_whole < b_whole ? -1 : 1;
    return span_compare(a, b);
}

static int plain_order(struct span a, struct span b)
{
    const bool a_negative = a.ptr[0] == '-';
    const bool b_negative = b.ptr[0] == '-';
    if (a_negative != b_negative) return a_negative ? -1 : 1;
    if (!a_negative) return magnitude_order(a, b);
    return magnitude_order(span_drop(b, 1), span_drop(a, 1));
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void check_order(const struct number *a, const struct number *b)
{
    char a_text[NUMBER_TEXT_BYTES_MAX];
    char b_text[NUMBER_TEXT_BYTES_MAX];
    const int by_text = plain_order(print(a, a_text), print(b, b_text));
    assert(sign(span_compare(number_view(a), number_view(b))) == sign(by_text));
}

static void check_sum(struct arena *arena, const struct number *a, const struct number *b)
{
    struct error err = error_in(arena);
    struct number sum = {0};
    struct number back = {0};
    if (number_add(number_view(a), number_view(b), &sum, &err) != ST_OK) return;
    check_text(arena, &sum);
    const status st = number_subtract(number_view(&sum), number_view(b), &back, &err);
    assert(st == ST_OK);
    assert(span_eq(number_view(a), number_view(&back)));
}

static void check_whole(const struct number *a)
{
    int64_t n = 0;
    int64_t floor = 0;
    const bool floors = number_floor(number_view(a), &floor);
    const bool is_whole = number_to_i64(number_view(a), &n);
    const struct number below = number_from_i64(floor);
    if (is_whole) assert(floors && n == floor);
    if (!floors) return;
    const int order = span_compare(number_view(&below), number_view(a));
    assert(is_whole ? order == 0 : order < 0);
    if (is_whole || floor == INT64_MAX) return;
    const struct number above = number_from_i64(floor + 1);
    assert(span_compare(number_view(&above), number_view(a)) > 0);
}

static void check_pair(struct arena *arena, struct span first, struct span second)
{
    struct number a = {0};
    struct number b = {0};
    if (parse(arena, first, &a)) {
        check_text(arena, &a);
        check_whole(&a);
    }
    if (a.len == 0 || !parse(arena, second, &b)) return;
    check_order(&a, &b);
    check_sum(arena, &a, &b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    const struct span all = {data, size};
    const uint8_t *const blank = size == 0 ? NULL : memchr(data, ' ', size);
    const size_t first = blank == NULL ? size : (size_t)(blank - data);
    arena_init(&arena, mem_heap(), ARENA_BYTES);
    check_pair(&arena, span_take(all, first),
               blank == NULL ? (struct span){0} : span_drop(all, first + 1));

    char text[NUMBER_TEXT_BYTES_MAX];
    const size_t len = number_text(all, text);
    assert(len > 0);
    assert(number_size(all) > 0);
    arena_deinit(&arena);
    return 0;
}

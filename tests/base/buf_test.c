/* buf_test.c -- a buf keeps what was written, never passes its maximum, and fails once for good. */
#include "base/buf.h"

#include <wchar.h>

#include "base/bytes.h"
#include "support/support.h"

static struct buf buf;

static int set_up(void **state)
{
    (void)state;
    buf_init(&buf, support_mem(), 1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_deinit(&buf);
    support_mem_check();
    return 0;
}

static void use_max(size_t bytes_max)
{
    buf_deinit(&buf);
    buf_init(&buf, support_mem(), bytes_max);
}

static void test_buf__is_empty_at_first(void **state)
{
    (void)state;
    assert_int_equal(buf_status(&buf), ST_OK);
    assert_int_equal(buf_view(&buf).len, 0);
    buf_put(&buf, (struct span){0});
    assert_int_equal(buf_status(&buf), ST_OK);
    assert_int_equal(buf_view(&buf).len, 0);
}

static void test_buf__writes_integers_in_the_order_they_name(void **state)
{
    (void)state;
    buf_put_u8(&buf, 0x01);
    buf_put_u16(&buf, 0x0203);
    buf_put_u32(&buf, 0x04050607);
    buf_put_u64(&buf, 0x08090a0b0c0d0e0f);
    buf_put_u32_be(&buf, 0x10111213);
    buf_put_u64_be(&buf, 0x1415161718191a1b);
    assert_true(span_eq(buf_view(&buf), SPAN("\x01"
                                             "\x03\x02"
                                             "\x07\x06\x05\x04"
                                             "\x0f\x0e\x0d\x0c\x0b\x0a\x09\x08"
                                             "\x10\x11\x12\x13"
                                             "\x14\x15\x16\x17\x18\x19\x1a\x1b")));
}

static void test_buf__keeps_what_was_written_while_it_grows(void **state)
{
    (void)state;
    enum { COUNT = 30000 };
    for (uint32_t i = 0; i < COUNT; i++) buf_put_u32(&buf, i);
    assert_int_equal(buf_status(&buf), ST_OK);
    const struct span all = buf_view(&buf);
    assert_int_equal(all.len, COUNT * 4);
    for (uint32_t i = 0; i < COUNT; i++) assert_int_equal(bytes_load_u32(all.ptr + i * 4), i);
}

/* One byte short of the maximum, exactly the maximum, one byte over; for small and odd maxima, so
 * that neither the first capacity nor doubling hits them by chance. */
static void test_buf__holds_its_maximum_and_no_byte_more(void **state)
{
    (void)state;
    static const size_t maxima[] = {0, 1, 10, 100, 255, 256, 257, 300, 1000, 65537};
    for (size_t i = 0; i < ARRAY_COUNT(maxima); i++) {
        use_max(maxima[i]);
        for (size_t n = 0; n < maxima[i]; n++) buf_put_u8(&buf, (uint8_t)n);
        assert_int_equal(buf_status(&buf), ST_OK);
        assert_int_equal(buf_view(&buf).len, maxima[i]);
        buf_put(&buf, SPAN(""));
        assert_int_equal(buf_status(&buf), ST_OK);
        buf_put_u8(&buf, 1);
        assert_int_equal(buf_status(&buf), ST_LIMIT);
        assert_int_equal(buf_view(&buf).len, maxima[i]);
    }
}

static void test_buf__refuses_one_large_write_over_its_maximum(void **state)
{
    (void)state;
    uint8_t bytes[200] = {0};
    use_max(100);
    buf_put_text(&buf, "ten bytes.");
    buf_put(&buf, (struct span){bytes, sizeof bytes});
    assert_int_equal(buf_status(&buf), ST_LIMIT);
    assert_int_equal(buf_view(&buf).len, 10);
}

static void test_buf__stays_failed_until_it_is_cleared(void **state)
{
    (void)state;
    use_max(4);
    buf_put_u32(&buf, 1);
    buf_put_u8(&buf, 1);
    buf_truncate(&buf, 0);
    buf_patch_u32(&buf, 0, 7);
    buf_put(&buf, SPAN(""));
    buf_printf(&buf, "%d", 1);
    assert_null(buf_reserve(&buf, 0));
    assert_int_equal(buf_status(&buf), ST_LIMIT);
    assert_int_equal(bytes_load_u32(buf_view(&buf).ptr), 1);
    buf_clear(&buf);
    assert_int_equal(buf_status(&buf), ST_OK);
    buf_put_u32(&buf, 2);
    assert_int_equal(buf_status(&buf), ST_OK);
    assert_int_equal(bytes_load_u32(buf_view(&buf).ptr), 2);
}

static void test_buf_printf__may_fill_the_maximum(void **state)
{
    (void)state;
    use_max(5);
    buf_printf(&buf, "%s-%d", "abc", 1);
    assert_int_equal(buf_status(&buf), ST_OK);
    support_assert_text(buf_view(&buf), "abc-1");
    buf_printf(&buf, "%s", "");
    assert_int_equal(buf_status(&buf), ST_OK);
    buf_printf(&buf, "%s", "x");
    assert_int_equal(buf_status(&buf), ST_LIMIT);
    support_assert_text(buf_view(&buf), "abc-1");
}

static void test_buf_printf__writes_texts_longer_than_its_first_memory(void **state)
{
    (void)state;
    buf_put_text(&buf, "<");
    buf_printf(&buf, "%*d", 5000, 7);
    buf_put_text(&buf, ">");
    const struct span text = buf_view(&buf);
    assert_int_equal(text.len, 5002);
    assert_true(span_eq(span_drop(text, 5000), SPAN("7>")));
}

/* As a text of more than INT_MAX bytes, which takes its time: a letter that the locale has not. */
static void test_buf_printf__refuses_what_cannot_be_written(void **state)
{
    (void)state;
    buf_put_text(&buf, "<");
    buf_printf(&buf, "%lc", (wint_t)0x20AC);
    assert_int_equal(buf_status(&buf), ST_LIMIT);
    support_assert_text(buf_view(&buf), "<");
}

static void test_buf__reserves_patches_and_truncates(void **state)
{
    (void)state;
    buf_put_u32(&buf, 0);
    uint8_t *at = buf_reserve(&buf, 1000);
    assert_non_null(at);
    memcpy(at, "abc", 3);
    buf_advance(&buf, 3);
    buf_patch_u32(&buf, 0, 3);
    assert_true(span_eq(buf_view(&buf), SPAN("\x03\x00\x00\x00"
                                             "abc")));
    buf_truncate(&buf, 5);
    assert_true(span_eq(buf_view(&buf), SPAN("\x03\x00\x00\x00"
                                             "a")));
}

static void write_all(void)
{
    buf_put_text(&buf, "text");
    buf_put_u16(&buf, 1);
    buf_printf(&buf, "%600d", 1);
    uint8_t *at = buf_reserve(&buf, 3000);
    if (at != NULL) buf_advance(&buf, 3000);
    buf_put_u64_be(&buf, 1);
    buf_put_u32_be(&buf, 1);
}

static void test_buf__survives_every_failed_allocation(void **state)
{
    (void)state;
    for (uint64_t nth = 1;; nth++) {
        use_max(1 << 20);
        support_mem_fail_at(nth);
        write_all();
        const bool failed = support_mem_failed();
        support_mem_fail_at(0);
        assert_int_equal(buf_status(&buf), failed ? ST_NO_MEMORY : ST_OK);
        if (!failed) break;
        assert_true(nth < 10);
        buf_clear(&buf);
        write_all();
        assert_int_equal(buf_status(&buf), ST_OK);
        assert_int_equal(buf_view(&buf).len, 4 + 2 + 600 + 3000 + 8 + 4);
    }
}

static void test_buf__works_over_an_arena(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), 64 << 10);
    struct buf inside;
    buf_init(&inside, arena_mem(&arena), 1 << 20);
    while (buf_status(&inside) == ST_OK) buf_put_u64(&inside, inside.len);
    assert_int_equal(buf_status(&inside), ST_NO_MEMORY);
    const struct span kept = buf_view(&inside);
    assert_true(kept.len >= 16 << 10);
    for (size_t at = 0; at < kept.len; at += 8) assert_int_equal(bytes_load_u64(kept.ptr + at), at);
    arena_deinit(&arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_buf__is_empty_at_first),
        TEST(test_buf__writes_integers_in_the_order_they_name),
        TEST(test_buf__keeps_what_was_written_while_it_grows),
        TEST(test_buf__holds_its_maximum_and_no_byte_more),
        TEST(test_buf__refuses_one_large_write_over_its_maximum),
        TEST(test_buf__stays_failed_until_it_is_cleared),
        TEST(test_buf_printf__may_fill_the_maximum),
        TEST(test_buf_printf__writes_texts_longer_than_its_first_memory),
        TEST(test_buf_printf__refuses_what_cannot_be_written),
        TEST(test_buf__reserves_patches_and_truncates),
        TEST(test_buf__survives_every_failed_allocation),
        TEST(test_buf__works_over_an_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

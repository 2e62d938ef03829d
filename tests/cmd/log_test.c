/* log_test.c -- lines on stderr, which these tests turn into a pipe. */
#include "cmd/log.h"

#include <unistd.h>

#include "support/support.h"

enum { CAPTURED_MAX = 8192 };

struct capture {
    int kept;
    int from;
};

static struct capture capture_begin(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct capture capture = {.kept = dup(STDERR_FILENO), .from = ends[0]};
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    assert_int_equal(close(ends[1]), 0);
    return capture;
}

static struct span capture_end(struct capture *capture, char *out)
{
    assert_true(dup2(capture->kept, STDERR_FILENO) >= 0); /* closes the pipe's last writer */
    assert_int_equal(close(capture->kept), 0);
    size_t len = 0;
    ssize_t n = 0;
    while ((n = read(capture->from, out + len, CAPTURED_MAX - len)) > 0) len += (size_t)n;
    assert_int_equal(close(capture->from), 0);
    return (struct span){(const uint8_t *)out, len};
}

static void test_log__lines_up_to_its_level_are_written(void **state)
{
    (void)state;
    static const struct {
        log_level level;
        const char *lines;
    } cases[] = {
        {LOG_LEVEL_ERROR, "stator: error: a 1\n"                                      },
        {LOG_LEVEL_WARN,  "stator: error: a 1\nstator: warn: b 2\n"                   },
        {LOG_LEVEL_INFO,  "stator: error: a 1\nstator: warn: b 2\nstator: info: c 3\n"},
        {LOG_LEVEL_DEBUG, "stator: error: a 1\nstator: warn: b 2\nstator: info: c 3\n"
                          "stator: debug: d 4\n"             },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        static char text[CAPTURED_MAX];
        const struct log log = {cases[i].level};
        struct capture capture = capture_begin();
        log_write(&log, LOG_LEVEL_ERROR, "a %d", 1);
        log_write(&log, LOG_LEVEL_WARN, "b %d", 2);
        log_write(&log, LOG_LEVEL_INFO, "c %d", 3);
        log_write(&log, LOG_LEVEL_DEBUG, "d %d", 4);
        support_assert_text(capture_end(&capture, text), cases[i].lines);
    }
}

static void test_log__a_long_line_is_cut_and_stays_one_line(void **state)
{
    (void)state;
    static char text[CAPTURED_MAX];
    char word[3000];
    memset(word, 'x', sizeof word);
    word[sizeof word - 1] = 0;
    const struct log log = {LOG_LEVEL_INFO};
    struct capture capture = capture_begin();
    log_write(&log, LOG_LEVEL_INFO, "%s", word);
    log_write(&log, LOG_LEVEL_INFO, "next");
    const struct span lines = capture_end(&capture, text);
    assert_int_equal(lines.len, 1001 + strlen("stator: info: next\n"));
    assert_int_equal(lines.ptr[1000], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log__lines_up_to_its_level_are_written),
        cmocka_unit_test(test_log__a_long_line_is_cut_and_stays_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

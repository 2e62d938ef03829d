/* http_date_test.c -- the Date header against dates that are known. */
#include "http/http_date.h"

#include "support/support.h"

static void test_http_date__known_seconds_are_known_dates(void **state)
{
    (void)state;
    static const struct {
        uint64_t seconds;
        const char *date;
    } cases[] = {
        {0,                      "Thu, 01 Jan 1970 00:00:00 GMT"},
        {784111777,              "Sun, 06 Nov 1994 08:49:37 GMT"}, /* RFC 9110 5.6.7 */
        {951782399,              "Mon, 28 Feb 2000 23:59:59 GMT"},
        {951782400,              "Tue, 29 Feb 2000 00:00:00 GMT"},
        {951868800,              "Wed, 01 Mar 2000 00:00:00 GMT"},
        {1704067199,             "Sun, 31 Dec 2023 23:59:59 GMT"},
        {1709164800,             "Thu, 29 Feb 2024 00:00:00 GMT"},
        {4107542400,             "Mon, 01 Mar 2100 00:00:00 GMT"}, /* no leap year */
        {UINT64_C(253402300799), "Fri, 31 Dec 9999 23:59:59 GMT"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint8_t date[HTTP_DATE_BYTES];
        http_date_write(cases[i].seconds, date);
        support_assert_text((struct span){date, sizeof date}, cases[i].date);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_date__known_seconds_are_known_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* streams_test.c -- the operations on streams, where it takes a clock that a test turns: iterators
 * that expire, records that go after a day, what time to live deletes; and identifiers, whose
 * lengths consumers rely on. What needs no clock is in tests/spec.
 *
 * A conversation takes texts out of one reply and puts them into the next request.
 */
#include <stdarg.h>
#include <stdio.h>

#include "api/fixture.h"
#include "engine/engine_stream.h"
#include "support/fake_os.h"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, TEXT_BYTES = 2048 };

struct talk {
    struct fake_os fake;
    struct fixture f;
    struct exchange x;
    bool answered;
    char arn[TEXT_BYTES], shard[TEXT_BYTES], iterator[TEXT_BYTES];
};

/* Send `body` to `target`; the reply is in talk->x until the next. */
static void say(struct talk *talk, const char *target, const char *body)
{
    if (talk->answered) exchange_end(&talk->x);
    exchange_begin(&talk->x, &(struct request){.target = target, .body = body});
    exchange_run(&talk->x, &talk->f);
    talk->answered = true;
}

static void PRINTF(3, 4) say_format(struct talk *talk, const char *target, const char *format, ...)
{
    char body[3 * TEXT_BYTES];
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(body, sizeof body, format, args);
    va_end(args);
    assert_in_range(len, 1, sizeof body - 1);
    say(talk, target, body);
}

static void assert_told(struct talk *talk, status st, const char *text)
{
    assert_int_equal(talk->x.call.outcome, st);
    assert_true(span_contains(buf_view(&talk->x.reply), span_of(text)));
}

/* The string that is the value of the `nth` member of that name in the reply. */
static void take(struct talk *talk, const char *name, unsigned nth, char out[TEXT_BYTES])
{
    char marker[TEXT_BYTES];
    const struct span reply = buf_view(&talk->x.reply);
    size_t at = 0;
    const int len = snprintf(marker, sizeof marker, "\"%s\":\"", name);
    const struct span mark = {(const uint8_t *)marker, (size_t)len};
    for (;; at++) {
        assert_true(at < reply.len);
        if (span_starts_with(span_drop(reply, at), mark) && nth-- == 0) break;
    }
    at += mark.len;
    size_t taken = 0;
    while (reply.ptr[at] != '"') out[taken++] = (char)reply.ptr[at++];
    out[taken] = '\0';
}

/* `entropy` makes the database's secret. */
static void begin_with(struct talk *talk, uint8_t entropy)
{
    *talk = (struct talk){.answered = false};
    fake_os_init(&talk->fake);
    talk->fake.entropy = entropy;
    fixture_open_on(&talk->f, &talk->fake.os, 1);
    say(talk, TARGET("CreateTable"),
        "{\"TableName\":\"music\",\"AttributeDefinitions\":[{\"AttributeName\":\"pk\","
        "\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],"
        "\"BillingMode\":\"PAY_PER_REQUEST\",\"StreamSpecification\":{\"StreamEnabled\":true,"
        "\"StreamViewType\":\"KEYS_ONLY\"}}");
    take(talk, "LatestStreamArn", 0, talk->arn);
    say_format(talk, STREAMS_TARGET("DescribeStream"), "{\"StreamArn\":\"%s\"}", talk->arn);
    take(talk, "ShardId", 0, talk->shard);
}

static void begin(struct talk *talk)
{
    begin_with(talk, 1);
}

static void finish(struct talk *talk)
{
    exchange_end(&talk->x);
    fixture_close(&talk->f);
}

static void put(struct talk *talk, const char *pk, const char *more)
{
    say_format(talk, TARGET("PutItem"),
               "{\"TableName\":\"music\",\"Item\":{\"pk\":{\"S\":\"%s\"}%s}}", pk, more);
    assert_int_equal(talk->x.call.outcome, ST_OK);
}

/* Ask for an iterator of the shard; it is in talk->iterator when there is one. */
static status ask_iterator(struct talk *talk, const char *type)
{
    say_format(talk, STREAMS_TARGET("GetShardIterator"),
               "{\"StreamArn\":\"%s\",\"ShardId\":\"%s\",\"ShardIteratorType\":\"%s\"}", talk->arn,
               talk->shard, type);
    if (talk->x.call.outcome == ST_OK) take(talk, "ShardIterator", 0, talk->iterator);
    return talk->x.call.outcome;
}

/* The same of the place at `sequence`. */
static status ask_iterator_at(struct talk *talk, const char *sequence)
{
    say_format(talk, STREAMS_TARGET("GetShardIterator"),
               "{\"StreamArn\":\"%s\",\"ShardId\":\"%s\",\"ShardIteratorType\":"
               "\"AT_SEQUENCE_NUMBER\",\"SequenceNumber\":\"%s\"}",
               talk->arn, talk->shard, sequence);
    if (talk->x.call.outcome == ST_OK) take(talk, "ShardIterator", 0, talk->iterator);
    return talk->x.call.outcome;
}

static status read(struct talk *talk)
{
    say_format(talk, STREAMS_TARGET("GetRecords"), "{\"ShardIterator\":\"%s\"}", talk->iterator);
    return talk->x.call.outcome;
}

static void sweep(struct talk *talk)
{
    uint64_t deleted = 0;
    assert_int_equal(engine_sweep(talk->f.engine, &deleted, &talk->f.err), ST_OK);
}

/* ---- iterators */

static void test_streams__an_iterator_holds_for_fifteen_minutes(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    put(&talk, "a", "");
    assert_int_equal(ask_iterator(&talk, "TRIM_HORIZON"), ST_OK);
    talk.fake.now_ms += 15 * MINUTE_MS;
    assert_int_equal(read(&talk), ST_OK);
    assert_told(&talk, ST_OK, "\"Keys\":{\"pk\":{\"S\":\"a\"}}");
    talk.fake.now_ms += 1;
    assert_int_equal(read(&talk), ST_EXPIRED_ITERATOR);
    support_assert_text(buf_view(&talk.x.reply),
                        "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ExpiredIteratorException\","
                        "\"message\":\"The provided iterator exceeds the maximum age allowed.\"}");
    finish(&talk);
}

static void test_streams__the_next_iterator_is_as_young_as_the_reply(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    assert_int_equal(ask_iterator(&talk, "LATEST"), ST_OK);
    for (unsigned i = 0; i < 5; i++) {
        talk.fake.now_ms += 10 * MINUTE_MS;
        assert_int_equal(read(&talk), ST_OK);
        take(&talk, "NextShardIterator", 0, talk.iterator);
    }
    put(&talk, "a", "");
    assert_int_equal(read(&talk), ST_OK);
    assert_told(&talk, ST_OK, "\"Keys\":{\"pk\":{\"S\":\"a\"}}");
    finish(&talk);
}

static void test_streams__an_iterator_outlives_the_server_that_made_it(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    put(&talk, "a", "");
    assert_int_equal(ask_iterator(&talk, "TRIM_HORIZON"), ST_OK);
    fixture_reopen(&talk.f, 1);
    assert_int_equal(read(&talk), ST_OK);
    assert_told(&talk, ST_OK, "\"Keys\":{\"pk\":{\"S\":\"a\"}}");
    finish(&talk);
}

/* Two databases with the same table, made at the same moment: their streams have one name. */
static void test_streams__an_iterator_means_nothing_to_another_database(void **state)
{
    (void)state;
    struct talk here;
    struct talk there;
    begin_with(&here, 1);
    begin_with(&there, 2);
    assert_string_equal(here.arn, there.arn);
    assert_int_equal(ask_iterator(&here, "TRIM_HORIZON"), ST_OK);
    memcpy(there.iterator, here.iterator, sizeof there.iterator);
    assert_int_equal(read(&here), ST_OK);
    assert_int_equal(read(&there), ST_VALIDATION);
    exchange_end(&there.x);
    fixture_drop(&there.f);
    finish(&here);
}

/* Every byte of an iterator counts. */
static void test_streams__an_iterator_with_one_byte_changed_is_none(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    assert_int_equal(ask_iterator(&talk, "TRIM_HORIZON"), ST_OK);
    assert_int_equal(read(&talk), ST_OK);
    for (size_t i = 0; talk.iterator[i] != '\0'; i++) {
        const char was = talk.iterator[i];
        talk.iterator[i] = was == 'B' ? 'C' : 'B';
        assert_int_equal(read(&talk), ST_VALIDATION);
        talk.iterator[i] = was;
    }
    finish(&talk);
}

/* ---- what goes after a day */

static void test_streams__a_place_that_was_trimmed_is_told(void **state)
{
    (void)state;
    struct talk talk;
    char first[TEXT_BYTES];
    begin(&talk);
    put(&talk, "a", "");
    assert_int_equal(ask_iterator(&talk, "TRIM_HORIZON"), ST_OK);
    assert_int_equal(read(&talk), ST_OK);
    take(&talk, "SequenceNumber", 0, first);
    assert_int_equal(ask_iterator_at(&talk, first), ST_OK);
    talk.fake.now_ms += 14 * MINUTE_MS;
    assert_int_equal(read(&talk), ST_OK);

    talk.fake.now_ms += 25 * (uint64_t)HOUR_MS;
    assert_int_equal(ask_iterator_at(&talk, first), ST_OK);
    sweep(&talk);
    assert_int_equal(read(&talk), ST_TRIMMED);
    support_assert_text(
        buf_view(&talk.x.reply),
        "{\"__type\":\"com.amazonaws.dynamodb.v20120810#TrimmedDataAccessException\","
        "\"message\":\"The data you are trying to access has been trimmed\"}");
    assert_int_equal(ask_iterator_at(&talk, first), ST_TRIMMED);
    assert_int_equal(ask_iterator(&talk, "TRIM_HORIZON"), ST_OK);
    assert_int_equal(read(&talk), ST_OK);
    assert_told(&talk, ST_OK, "\"Records\":[]");
    finish(&talk);
}

static void test_streams__a_stream_that_ended_can_be_read_for_a_day(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    put(&talk, "a", "");
    say(&talk, TARGET("UpdateTable"),
        "{\"TableName\":\"music\",\"StreamSpecification\":{\"StreamEnabled\":false}}");
    assert_int_equal(talk.x.call.outcome, ST_OK);
    talk.fake.now_ms += 23 * (uint64_t)HOUR_MS;
    sweep(&talk);
    assert_int_equal(ask_iterator(&talk, "TRIM_HORIZON"), ST_OK);
    assert_int_equal(read(&talk), ST_OK);
    assert_told(&talk, ST_OK, "\"Keys\":{\"pk\":{\"S\":\"a\"}}");

    talk.fake.now_ms += 3 * (uint64_t)HOUR_MS;
    sweep(&talk);
    say_format(&talk, STREAMS_TARGET("DescribeStream"), "{\"StreamArn\":\"%s\"}", talk.arn);
    assert_told(&talk, ST_NOT_FOUND, "Requested resource not found: Stream: ");
    say(&talk, STREAMS_TARGET("ListStreams"), "{}");
    assert_told(&talk, ST_OK, "{\"Streams\":[]}");
    finish(&talk);
}

/* A shard that has been closed for a day is none any more, and its children have no parent. */
static void test_streams__a_shard_that_ended_is_gone_after_a_day(void **state)
{
    (void)state;
    struct talk talk;
    char child[TEXT_BYTES];
    begin(&talk);
    put(&talk, "a", "");
    fixture_reopen(&talk.f, 2);
    put(&talk, "b", "");
    say_format(
        &talk, STREAMS_TARGET("DescribeStream"),
        "{\"StreamArn\":\"%s\",\"ShardFilter\":{\"Type\":\"CHILD_SHARDS\",\"ShardId\":\"%s\"}}",
        talk.arn, talk.shard);
    take(&talk, "ParentShardId", 1, child);
    assert_string_equal(child, talk.shard);

    talk.fake.now_ms += 26 * (uint64_t)HOUR_MS;
    assert_int_equal(ask_iterator(&talk, "TRIM_HORIZON"), ST_OK);
    sweep(&talk);
    assert_int_equal(read(&talk), ST_NOT_FOUND);
    assert_told(&talk, ST_NOT_FOUND, "Invalid ShardId in ShardIterator");
    assert_int_equal(ask_iterator(&talk, "TRIM_HORIZON"), ST_NOT_FOUND);
    say_format(&talk, STREAMS_TARGET("DescribeStream"), "{\"StreamArn\":\"%s\"}", talk.arn);
    assert_int_equal(talk.x.call.outcome, ST_OK);
    assert_false(span_contains(buf_view(&talk.x.reply), SPAN("ParentShardId")));
    finish(&talk);
}

/* ---- records */

static void test_streams__what_time_to_live_deletes_is_the_services(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    say(&talk, TARGET("UpdateTimeToLive"),
        "{\"TableName\":\"music\",\"TimeToLiveSpecification\":{\"AttributeName\":\"t\","
        "\"Enabled\":true}}");
    put(&talk, "a", ",\"t\":{\"N\":\"1700000100\"}");
    talk.fake.now_ms += 10 * MINUTE_MS;
    sweep(&talk);
    assert_int_equal(ask_iterator(&talk, "TRIM_HORIZON"), ST_OK);
    assert_int_equal(read(&talk), ST_OK);
    assert_told(
        &talk, ST_OK,
        "\"eventName\":\"REMOVE\",\"eventSource\":\"aws:dynamodb\",\"eventVersion\":\"1.1\","
        "\"userIdentity\":{\"PrincipalId\":\"dynamodb.amazonaws.com\",\"Type\":\"Service\"}}]");
    assert_told(&talk, ST_OK, "\"ApproximateCreationDateTime\":1700000600,");
    finish(&talk);
}

static bool consists_of(const char *text, const char *letters)
{
    return strspn(text, letters) == strlen(text);
}

/* API_streams_Shard, API_streams_StreamRecord, API_streams_Record: what consumers may rely on. */
static void test_streams__identifiers_have_the_lengths_that_consumers_demand(void **state)
{
    (void)state;
    struct talk talk;
    char id[TEXT_BYTES];
    char number[TEXT_BYTES];
    char last[TEXT_BYTES] = "";
    begin(&talk);
    put(&talk, "a", "");
    put(&talk, "b", "");
    put(&talk, "a", ",\"n\":{\"N\":\"1\"}");
    assert_in_range(strlen(talk.arn), 37, 1024);
    assert_in_range(strlen(talk.shard), 28, 65);
    assert_int_equal(ask_iterator(&talk, "TRIM_HORIZON"), ST_OK);
    assert_in_range(strlen(talk.iterator), 1, 2048);
    assert_int_equal(read(&talk), ST_OK);
    for (unsigned i = 0; i < 3; i++) {
        take(&talk, "eventID", i, id);
        assert_int_equal(strlen(id), 32);
        assert_true(consists_of(id, "0123456789abcdef"));
        take(&talk, "SequenceNumber", i, number);
        assert_in_range(strlen(number), 21, 40);
        assert_true(consists_of(number, "0123456789"));
        assert_true(strcmp(last, number) < 0);
        memcpy(last, number, sizeof last);
    }
    finish(&talk);
}

/* The longest name of a table makes the longest ARN, and an iterator has it inside. */
static void test_streams__the_longest_table_name_fits_into_an_iterator(void **state)
{
    (void)state;
    struct talk talk;
    char name[256];
    begin(&talk);
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    say_format(&talk, TARGET("CreateTable"),
               "{\"TableName\":\"%s\",\"AttributeDefinitions\":[{\"AttributeName\":\"pk\","
               "\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":"
               "\"HASH\"}],\"BillingMode\":\"PAY_PER_REQUEST\",\"StreamSpecification\":{"
               "\"StreamEnabled\":true,\"StreamViewType\":\"KEYS_ONLY\"}}",
               name);
    take(&talk, "LatestStreamArn", 0, talk.arn);
    say_format(&talk, STREAMS_TARGET("DescribeStream"), "{\"StreamArn\":\"%s\"}", talk.arn);
    take(&talk, "ShardId", 0, talk.shard);
    assert_int_equal(ask_iterator(&talk, "TRIM_HORIZON"), ST_OK);
    assert_int_equal(read(&talk), ST_OK);
    finish(&talk);
}

/* ---- without memory */

/* Send the request again and again, with the first, second, … allocation failing, until none does.
 */
static void fail_each(struct talk *talk, const char *target, const char *body)
{
    bool failed = true;
    exchange_end(&talk->x);
    talk->answered = false;
    for (uint64_t nth = 1; failed; nth++) {
        struct exchange x;
        exchange_begin(&x, &(struct request){.target = target, .body = body});
        support_mem_fail_at(nth);
        exchange_run(&x, &talk->f);
        failed = support_mem_failed();
        support_mem_fail_at(0);
        const status st = x.call.outcome;
        assert_true(st == ST_OK || (failed && st == ST_NO_MEMORY));
        /* What is told is whole: an iterator left out would be the end of the shard. */
        if (st == ST_OK && strstr(target, "GetRecords") != NULL)
            assert_true(span_contains(buf_view(&x.reply), SPAN("\"NextShardIterator\":\"arn:")));
        exchange_end(&x);
    }
    say(talk, TARGET("ListTables"), "{}");
}

static void test_streams__without_memory_they_say_so(void **state)
{
    (void)state;
    struct talk talk;
    char body[3 * TEXT_BYTES];
    begin(&talk);
    for (unsigned i = 0; i < 20; i++) put(&talk, "a", i % 2 == 0 ? "" : ",\"n\":{\"N\":\"1\"}");
    assert_int_equal(ask_iterator(&talk, "TRIM_HORIZON"), ST_OK);
    fail_each(&talk, STREAMS_TARGET("ListStreams"), "{}");
    (void)snprintf(body, sizeof body, "{\"StreamArn\":\"%s\"}", talk.arn);
    fail_each(&talk, STREAMS_TARGET("DescribeStream"), body);
    (void)snprintf(body, sizeof body,
                   "{\"StreamArn\":\"%s\",\"ShardId\":\"%s\",\"ShardIteratorType\":\"LATEST\"}",
                   talk.arn, talk.shard);
    fail_each(&talk, STREAMS_TARGET("GetShardIterator"), body);
    (void)snprintf(body, sizeof body, "{\"ShardIterator\":\"%s\"}", talk.iterator);
    fail_each(&talk, STREAMS_TARGET("GetRecords"), body);
    finish(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams__an_iterator_holds_for_fifteen_minutes),
        cmocka_unit_test(test_streams__the_next_iterator_is_as_young_as_the_reply),
        cmocka_unit_test(test_streams__an_iterator_outlives_the_server_that_made_it),
        cmocka_unit_test(test_streams__an_iterator_means_nothing_to_another_database),
        cmocka_unit_test(test_streams__an_iterator_with_one_byte_changed_is_none),
        cmocka_unit_test(test_streams__a_place_that_was_trimmed_is_told),
        cmocka_unit_test(test_streams__a_stream_that_ended_can_be_read_for_a_day),
        cmocka_unit_test(test_streams__a_shard_that_ended_is_gone_after_a_day),
        cmocka_unit_test(test_streams__what_time_to_live_deletes_is_the_services),
        cmocka_unit_test(test_streams__identifiers_have_the_lengths_that_consumers_demand),
        cmocka_unit_test(test_streams__the_longest_table_name_fits_into_an_iterator),
        cmocka_unit_test(test_streams__without_memory_they_say_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

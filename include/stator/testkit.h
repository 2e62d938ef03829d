/* testkit.h -- for the tests of programs that use Stator: a database that is a script, faults on a
 * real one, and a clock that is turned by hand.
 *
 *     #include <stdio.h>
 *     #include <stator/testkit.h>
 *
 *     int main(void)
 *     {
 *         stator *db;
 *         char *missing = NULL;
 *         if (stator_open("mock:", NULL, &db) < 0) return 1;
 *         stator_clock_fix(db, 1704364200 * STATOR_SECOND);
 *
 *         stator_mock *mock = stator_mock_of(db);
 *         stator_mock_expect(mock, "PutItem",
 *             "{\"TableName\": \"jobs\", \"Item\": {\"key\": {\"S\": \"a\"}}}");
 *         stator_mock_fail(mock, "ThrottlingException", "Slow down", 2);
 *         stator_mock_reply(mock, "{}");
 *
 *         stator_rc rc = stator_put(db, "jobs", STATOR_M({ "key", stator_s("a") }));
 *         printf("%s after %zu requests\n", stator_rc_name(rc), stator_mock_calls(mock, NULL));
 *         printf("%s\n", stator_mock_done(mock, &missing) ? "all came" : missing);
 *         stator_free(missing);
 *         stator_close(db);
 *         return rc < 0;
 *     }
 *
 * prints
 *
 *     STATOR_OK after 3 requests
 *     all came
 *
 * The pauses between those requests took no time: the clock stood still, and they moved it.
 *
 * Threads: everything here may be called from any thread at any time. */
#ifndef STATOR_TESTKIT_H
#define STATOR_TESTKIT_H

#include "stator/stator.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- a scripted database
 *
 * A handle opened with "mock:" keeps nothing. Each request that a call makes, each attempt of it by
 * itself, is held against what the test expects, and answered with what the test says. A call
 * checks, tries again and reports exactly as it does with a server, so that what a test sees is
 * what the program will do.
 *
 * An expectation is an operation ("PutItem"), and what its request must contain. It has answers,
 * given one after the other, each to one request; when they are used up the expectation is over.
 * Without any it has one, the empty reply: done, or nothing found.
 *
 * Expectations are met in the order in which they were made. After stator_mock_any_order, each
 * request goes to the first expectation that it fits: for calls with several requests at once.
 *
 * A request that nothing expects is STATOR_E_MISUSE, whose message says what came and what was
 * expected instead; it is never tried again. stator_mock_done reports it too, for programs that
 * handle all errors alike.
 *
 * What is wrong with the script itself (JSON that is none, an answer before any expectation) is
 * told likewise by every request and by stator_mock_done; only the first mistake is kept. NULL
 * where a mock is needed is allowed and does nothing. */
typedef struct stator_mock stator_mock;

/* The script of a handle, which ends with it. NULL: it was not opened with "mock:". */
STATOR_API stator_mock *stator_mock_of(stator *db);

STATOR_API void stator_mock_any_order(stator_mock *mock);

/* Expect `action` with a request that contains `request`, DynamoDB's JSON; NULL: any.
 *
 * Compared are values, not texts: the order of names and of members of sets is no matter, and 1 is
 * 1.0. Objects and maps may hold more than is named here; lists have the same length; everything
 * else is equal. Expressions are written as one would read them, with names and values in the place
 * of #placeholders and :placeholders. A parameter that is null here must not be in the request:
 *
 *     {"TableName": "jobs",
 *      "ConditionExpression": "attribute_not_exists(key) OR begins_with(status, \"JF\")",
 *      "ReturnValues": null} */
STATOR_API void stator_mock_expect(stator_mock *mock, const char *action, const char *request);

/* A table that programs may describe at any time, as calls themselves do to learn its key for
 * .if_not_exists: DescribeTable of `name` with `key` ("PK:S, SK:S") is answered unless something
 * expects it, and is not counted. */
STATOR_API void stator_mock_table(stator_mock *mock, const char *name, const char *key);

/* Answers of the last expectation. `times`: so many requests; STATOR_MOCK_ALWAYS: all from then on,
 * at least one of which must come. */
enum { STATOR_MOCK_ALWAYS = -1 };

/* A reply, DynamoDB's JSON: {"Item": {"key": {"S": "a"}}}. */
STATOR_API void stator_mock_reply(stator_mock *mock, const char *reply);

/* An error of the service, by its code: "ThrottlingException". `message` may be NULL. Two codes are
 * the library's own: "STATOR_E_NETWORK", the request did not arrive, and "STATOR_E_TIMEOUT", it may
 * have. */
STATOR_API void stator_mock_fail(stator_mock *mock, const char *code, const char *message,
                                 int times);

/* An error with all that it says: {"__type": "ConditionalCheckFailedException", "message": "…",
 * "Item": {…}}. */
STATOR_API void stator_mock_fail_json(stator_mock *mock, const char *error, int times);

/* TransactionCanceledException, with a reason for each action: "None, TransactionConflict". */
STATOR_API void stator_mock_cancel(stator_mock *mock, const char *reasons, int times);

/* A batch is carried out but for this part of it (0 to 1, rounded up to whole keys or writes, the
 * last ones), which comes back as UnprocessedKeys or UnprocessedItems. A key that is read finds an
 * item of these attributes alone. */
STATOR_API void stator_mock_unprocessed(stator_mock *mock, double part, int times);

/* Every answer of the last expectation takes so long to come. A call whose time is up meanwhile is
 * STATOR_E_TIMEOUT, as it would be with a server that answers too late. */
STATOR_API void stator_mock_delay(stator_mock *mock, int64_t us);

/* How many requests of `action` (NULL: of all) came; also those that nothing expected. */
STATOR_API size_t stator_mock_calls(stator_mock *mock, const char *action);

/* Of the request that came as number i (0 is the first): its operation, and its JSON as it would be
 * sent. NULL: there were not so many. Both live as long as the handle. */
STATOR_API const char *stator_mock_action(stator_mock *mock, size_t i);
STATOR_API const char *stator_mock_request(stator_mock *mock, size_t i);

/* Did everything come that was expected, and nothing else? If not, *missing is what did not, and
 * what came instead, for people, for stator_free; NULL otherwise. `missing` may be NULL. */
STATOR_API bool stator_mock_done(stator_mock *mock, char **missing);

/* ---- faults, on any handle
 *
 *     stator_fault(db, .action = "PutItem", .code = "ThrottlingException", .rate = 0.1);
 *     stator_fault(db, .latency_us = 20 * 1000);
 *     stator_fault(db, .lost = true, .skip = 2, .times = 1);
 *
 * Faults meet attempts: what is tried again may be met again, or not. Of several faults each is
 * tried on every attempt, in the order in which they were added; latencies add up, and the first
 * code or loss is the one that happens. Which attempts are met depends on `seed` and on how many
 * came before, and on nothing else: a run of one thread repeats. */
typedef struct stator_fault_spec {
    uint32_t size;
    const char *action;  /* "PutItem"; NULL: every operation */
    double rate;         /* the part of attempts that it meets: 0.1; 0: all */
    const char *code;    /* as in stator_mock_fail: fail with it instead of being carried out */
    const char *message; /* of the code; or NULL */
    bool lost;          /* it is carried out and the reply gets lost: STATOR_E_NETWORK, uncertain */
    int64_t latency_us; /* the answer takes so much longer */
    int skip;           /* leave the first ones alone */
    int times;          /* meet so many; 0: no end */
    uint64_t seed;
} stator_fault_spec;

/* STATOR_E_INVALID: the fault does nothing, is both an error and a loss, or has a rate that is
 * none; STATOR_E_NOMEM. */
STATOR_API stator_rc stator_fault_add(stator *db, const stator_fault_spec *spec);
STATOR_API void stator_fault_clear(stator *db); /* no more faults */
/* How many attempts were met so far. */
STATOR_API size_t stator_fault_count(stator *db);

/* ---- clock and randomness, on any handle
 *
 * Both are what stator_now, stator_uuid4, retries, pages and waiting for tables go by, and of mem:
 * and file: also expiry, creation dates and tokens. A handle that was given hooks for one of them
 * in its options keeps them: STATOR_E_MISUSE. */

/* The clock stands at `now_us` (since 1970, to the end of 9999). From then on it moves only by
 * stator_clock_advance and by pauses of the library, which take no time and move it by as much as
 * they would have. */
STATOR_API stator_rc stator_clock_fix(stator *db, int64_t now_us);

/* Move it on; one that was not fixed is, at the present time. */
STATOR_API stator_rc stator_clock_advance(stator *db, int64_t us);

/* All randomness of calls follows from `seed`: identifiers, tokens, and by how much pauses vary. A
 * server that outlives the run knows the tokens of transactions from the one before: give it
 * another seed. */
STATOR_API stator_rc stator_random_fix(stator *db, uint64_t seed);

#ifdef __cplusplus
}
#else
#    define stator_fault(db, ...)                                                                  \
        stator_fault_add((db), &(stator_fault_spec){.size = sizeof(stator_fault_spec), __VA_ARGS__})
#endif

#endif
